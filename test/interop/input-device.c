/*
 * Makes perl take a FIFO for an input device: EVIOCGRAB succeeds, and what is read from the FIFO are its records. With INPUT_DEVICE_HELD in
 * the environment another program has grabbed it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/input.h>
#include <stdarg.h>
#include <stdlib.h>

int ioctl(int fd, unsigned long request, ...)
{
	va_list rest;
	long given;

	(void)fd;
	va_start(rest, request);
	given = va_arg(rest, long);
	va_end(rest);
	if (request != EVIOCGRAB) {
		errno = ENOTTY;
		return -1;
	}
	if (given != 1) {
		errno = EINVAL;
		return -1;
	}
	if (getenv("INPUT_DEVICE_HELD") == NULL)
		return 0;
	errno = EBUSY;
	return -1;
}
