/**
 * Standard output of evtest 1.35 (Debian 12) into a pipe, as recorded: a keyboard is described, 0 and Enter are pressed, events are lost,
 * a shift key repeats by itself.
 */
export const recorded = `Input driver version is 1.0.1
Input device ID: bus 0x0 vendor 0x0 product 0x0 version 0x0
Input device name: "fake reader"
Supported events:
  Event type 0 (EV_SYN)
  Event type 1 (EV_KEY)
    Event code 11 (KEY_0)
    Event code 28 (KEY_ENTER)
  Event type 4 (EV_MSC)
Properties:
Testing ... (interrupt to exit)
Event: time 1795342396.123456, type 4 (EV_MSC), code 4 (MSC_SCAN), value 70027
Event: time 1795342396.123456, type 1 (EV_KEY), code 11 (KEY_0), value 1
Event: time 1795342396.123456, -------------- SYN_REPORT ------------
Event: time 1795342396.123456, type 1 (EV_KEY), code 11 (KEY_0), value 0
Event: time 1795342396.123456, -------------- SYN_REPORT ------------
Event: time 1795342396.123456, type 4 (EV_MSC), code 4 (MSC_SCAN), value 70027
Event: time 1795342396.123456, type 1 (EV_KEY), code 28 (KEY_ENTER), value 1
Event: time 1795342396.123456, -------------- SYN_REPORT ------------
Event: time 1795342396.123456, type 1 (EV_KEY), code 28 (KEY_ENTER), value 0
Event: time 1795342396.123456, -------------- SYN_REPORT ------------
Event: time 1795342396.123456, >>>>>>>>>>>>>> SYN_DROPPED <<<<<<<<<<<<
Event: time 1795342396.123456, type 1 (EV_KEY), code 42 (KEY_LEFTSHIFT), value 2
expected 24 bytes, got 0
`;

/** The same of a device that another program holds, from where it differs. */
export const heldByAnother = `Testing ... (interrupt to exit)
***********************************************
  This device is grabbed by another process.
  No events are available to evtest while the
  other grab is active.
  In most cases, this is caused by an X driver,
  try VT-switching and re-run evtest again.
  Run the following command to see processes with
  an open fd on this device
 "fuser -v dev"
***********************************************
`;

/** Its names of keys with their codes, as it describes a device that has them all. */
export const keyNames = `1 KEY_ESC 2 KEY_1 3 KEY_2 4 KEY_3 5 KEY_4 6 KEY_5 7 KEY_6 8 KEY_7 9 KEY_8 10 KEY_9 11 KEY_0 12 KEY_MINUS
13 KEY_EQUAL 14 KEY_BACKSPACE 15 KEY_TAB 16 KEY_Q 17 KEY_W 18 KEY_E 19 KEY_R 20 KEY_T 21 KEY_Y 22 KEY_U 23 KEY_I 24 KEY_O 25 KEY_P
26 KEY_LEFTBRACE 27 KEY_RIGHTBRACE 28 KEY_ENTER 29 KEY_LEFTCTRL 30 KEY_A 31 KEY_S 32 KEY_D 33 KEY_F 34 KEY_G 35 KEY_H 36 KEY_J
37 KEY_K 38 KEY_L 39 KEY_SEMICOLON 40 KEY_APOSTROPHE 41 KEY_GRAVE 42 KEY_LEFTSHIFT 43 KEY_BACKSLASH 44 KEY_Z 45 KEY_X 46 KEY_C
47 KEY_V 48 KEY_B 49 KEY_N 50 KEY_M 51 KEY_COMMA 52 KEY_DOT 53 KEY_SLASH 54 KEY_RIGHTSHIFT 55 KEY_KPASTERISK 56 KEY_LEFTALT
57 KEY_SPACE 58 KEY_CAPSLOCK 59 KEY_F1 69 KEY_NUMLOCK 71 KEY_KP7 72 KEY_KP8 73 KEY_KP9 74 KEY_KPMINUS 75 KEY_KP4 76 KEY_KP5
77 KEY_KP6 78 KEY_KPPLUS 79 KEY_KP1 80 KEY_KP2 81 KEY_KP3 82 KEY_KP0 83 KEY_KPDOT 86 KEY_102ND 96 KEY_KPENTER 97 KEY_RIGHTCTRL
98 KEY_KPSLASH 512 KEY_NUMERIC_0 513 KEY_NUMERIC_1 514 KEY_NUMERIC_2 515 KEY_NUMERIC_3 516 KEY_NUMERIC_4 517 KEY_NUMERIC_5
518 KEY_NUMERIC_6 519 KEY_NUMERIC_7 520 KEY_NUMERIC_8 521 KEY_NUMERIC_9 522 KEY_NUMERIC_STAR 523 KEY_NUMERIC_POUND`;

/** The lines of keys pressed and let go, one after the other. */
export function pressed(...codes: number[]): string {
  return codes
    .flatMap((code) => [1, 0].map((value) => keyLine(code, value)))
    .map((line) => `${line}Event: time 1795342396.123456, -------------- SYN_REPORT ------------\n`)
    .join('');
}

export const keyLine = (code: number, value: number): string =>
  `Event: time 1795342396.123456, type 1 (EV_KEY), code ${code} (KEY), value ${value}\n`;
