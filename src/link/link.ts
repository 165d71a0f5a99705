/** What a link end tells its owner. */
export interface LinkOwner<In> {
  message(message: In): void;
  /** The window had been full and is not any more: send what waits. */
  room(): void;
  /** The other end is gone. Nothing more comes; the end is dead. */
  down(reason: string): void;
}

/**
 * One end of the Link. At most 256 messages are unacknowledged each way, so that a stopped peer costs its sender
 * a bounded amount of memory.
 */
export interface Link<Out, In> {
  /** Takes the one owner; messages that came earlier are delivered now. Call once. */
  open(owner: LinkOwner<In>): void;
  /** False: the window is full or the link is down, and the message was not taken. */
  send(message: Out): boolean;
  close(): void;
}

/** How many messages may be unacknowledged. */
export const linkWindow = 256;
