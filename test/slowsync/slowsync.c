/*
 * slowsync makes every fsync and fdatasync of a program take longer, as a slow
 * disk would: preload it, and say in SLOWSYNC_MICROSECONDS by how much. The
 * wait comes before the call and lasts the whole time even when a signal
 * interrupts it. Files opened with O_SYNC or O_DSYNC are not delayed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

static void wait_a_while(void)
{
	const char *text = getenv("SLOWSYNC_MICROSECONDS");
	long micros = text ? atol(text) : 0;
	struct timespec left = {micros / 1000000, micros % 1000000 * 1000};
	int saved = errno;

	while (micros > 0 && nanosleep(&left, &left) == -1 && errno == EINTR)
		;
	errno = saved;
}

int fsync(int fd)
{
	static int (*real)(int);

	if (!real)
		real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
	wait_a_while();
	return real(fd);
}

int fdatasync(int fd)
{
	static int (*real)(int);

	if (!real)
		real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
	wait_a_while();
	return real(fd);
}
