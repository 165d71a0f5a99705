/*
 * Makes evtest take a FIFO for an input device: every ioctl of an input device succeeds, and what is read from the FIFO are its events. With
 * INPUT_DEVICE_HELD in the environment another program has grabbed it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/input.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

int ioctl(int fd, unsigned long request, ...)
{
	va_list rest;
	void *given;

	(void)fd;
	va_start(rest, request);
	given = va_arg(rest, void *);
	va_end(rest);
	if (_IOC_TYPE(request) != 'E') {
		errno = ENOTTY;
		return -1;
	}
	if (request == EVIOCGRAB) {
		if (getenv("INPUT_DEVICE_HELD") == NULL)
			return 0;
		errno = EBUSY;
		return -1;
	}
	memset(given, 0, _IOC_SIZE(request));
	/* It has key events, and all keys that a byte has room for. */
	if (_IOC_NR(request) == _IOC_NR(EVIOCGBIT(0, 0)))
		*(unsigned char *)given = 1 << EV_SYN | 1 << EV_KEY;
	return 0;
}
