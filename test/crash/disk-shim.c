/*
 * A disk between a process and its files, preloaded (LD_PRELOAD). Of files under DISK_ROOT it
 *
 *   - writes down what was made, renamed, removed and synced (DISK_TRACE), and keeps every file it has seen under its inode
 *     number (DISK_INODES, on the same file system), so that a test can build the disk as a power cut would have left it;
 *   - fails or delays calls as the file DISK_FAULT says, which a test may write at any time.
 *
 * All other files are left alone. Files are expected to be written at their end only, as ours and LevelDB's (which writes through
 * stdio) are.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { MAX_FD = 65536 };
enum { OURS_FILE = 1, OURS_DIR = 2 };
enum { FAULT_NONE, FAULT_FULL, FAULT_READ_ONLY, FAULT_BROKEN, FAULT_UNSYNCED };

struct fault {
  int32_t kind;
  int32_t sync_delay_ms;
};

static char root[PATH_MAX];
static size_t root_length;
static char inodes[PATH_MAX];
static int trace_fd = -1;
static volatile struct fault *fault;
static const struct fault no_fault;
static unsigned char kind_of[MAX_FD];
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static unsigned long operations;

#define REAL(name) ((__typeof__(&name))real(#name))
static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void) {
  const char *place = getenv("DISK_ROOT");
  if (place == NULL || realpath(place, root) == NULL) return;
  root_length = strlen(root);
  const char *trace = getenv("DISK_TRACE");
  const char *kept = getenv("DISK_INODES");
  if (trace != NULL && kept != NULL) {
    snprintf(inodes, sizeof inodes, "%s", kept);
    trace_fd = REAL(open)(trace, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
  const char *control = getenv("DISK_FAULT");
  fault = (volatile struct fault *)&no_fault;
  if (control != NULL) {
    int fd = REAL(open)(control, O_RDONLY | O_CLOEXEC);
    void *shared = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *fault, PROT_READ, MAP_SHARED, fd, 0);
    if (shared != MAP_FAILED) fault = shared;
    if (fd >= 0) REAL(close)(fd);
  }
}

/* The part of a path below the root, or NULL when it is not ours. "." is the root itself. */
static const char *below(const char *path) {
  if (root_length == 0 || strncmp(path, root, root_length) != 0) return NULL;
  if (path[root_length] == '\0') return ".";
  return path[root_length] == '/' ? path + root_length + 1 : NULL;
}

static unsigned char ours(int fd) { return fd >= 0 && fd < MAX_FD ? kind_of[fd] : 0; }

/* One line, in the order of what it tells: the caller holds `order` where that matters. */
static void tell(const char *form, ...) {
  if (trace_fd < 0) return;
  char line[2 * PATH_MAX];
  va_list values;
  va_start(values, form);
  int length = vsnprintf(line, sizeof line, form, values);
  va_end(values);
  if (length > 0 && REAL(write)(trace_fd, line, (size_t)length) != length) abort();
}

static int failed(int error) {
  errno = error;
  return -1;
}

/* The error of a call that puts something on the disk, or 0. */
static int write_error(void) {
  switch (fault->kind) {
    case FAULT_FULL: return ENOSPC;
    case FAULT_READ_ONLY: return EROFS;
    case FAULT_BROKEN: return EIO;
    default: return 0;
  }
}

/* The error of a call that changes names, or 0: a full disk still lets one rename and remove. */
static int name_error(void) { return fault->kind == FAULT_FULL ? 0 : write_error(); }

static void keep_inode(int fd, ino_t inode) {
  char from[64], to[PATH_MAX + 32];
  snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
  snprintf(to, sizeof to, "%s/%lu", inodes, (unsigned long)inode);
  linkat(AT_FDCWD, from, AT_FDCWD, to, AT_SYMLINK_FOLLOW);
}

/* What is to be known of a file that is opened: `is_new` it was not there before. */
static void take(int fd, const char *name, int writing, int is_new, int cut) {
  struct stat found;
  if (fd < 0 || fd >= MAX_FD || fstat(fd, &found) != 0) return;
  kind_of[fd] = S_ISDIR(found.st_mode) ? OURS_DIR : writing ? OURS_FILE : 0;
  if (!writing || trace_fd < 0) return;
  if (is_new) keep_inode(fd, found.st_ino);
  if (is_new) tell("%lu create %lu %s\n", ++operations, (unsigned long)found.st_ino, name);
  else if (cut) tell("%lu cut %lu 0\n", operations, (unsigned long)found.st_ino);
}

static int open_error(int writing, int is_new) {
  if (writing && fault->kind == FAULT_READ_ONLY) return EROFS;
  return is_new ? write_error() : 0;
}

static int opened(int (*open_it)(const char *, int, ...), const char *path, int flags, mode_t mode) {
  const char *name = below(path);
  if (name == NULL) return open_it(path, flags, mode);
  int writing = (flags & O_ACCMODE) != O_RDONLY;
  pthread_mutex_lock(&order);
  int is_new = (flags & O_CREAT) != 0 && access(path, F_OK) != 0;
  int error = open_error(writing, is_new);
  int fd = error != 0 ? failed(error) : open_it(path, flags, mode);
  take(fd, name, writing, is_new, (flags & O_TRUNC) != 0);
  pthread_mutex_unlock(&order);
  return fd;
}

static FILE *opened_stream(FILE *(*open_it)(const char *, const char *), const char *path, const char *mode) {
  const char *name = below(path);
  if (name == NULL) return open_it(path, mode);
  int writing = strpbrk(mode, "wa+") != NULL;
  pthread_mutex_lock(&order);
  int is_new = writing && access(path, F_OK) != 0;
  int error = open_error(writing, is_new);
  FILE *file = error != 0 ? NULL : open_it(path, mode);
  if (error != 0) errno = error;
  if (file != NULL) take(fileno(file), name, writing, is_new, mode[0] == 'w');
  pthread_mutex_unlock(&order);
  return file;
}
FILE *fopen(const char *path, const char *mode) { return opened_stream(REAL(fopen), path, mode); }
FILE *fopen64(const char *path, const char *mode) { return opened_stream(REAL(fopen64), path, mode); }

int fclose(FILE *file) {
  int fd = fileno(file);
  if (fd >= 0 && fd < MAX_FD) kind_of[fd] = 0;
  return REAL(fclose)(file);
}

#define OPEN(name)                                   \
  int name(const char *path, int flags, ...) {       \
    va_list values;                                  \
    va_start(values, flags);                         \
    mode_t mode = va_arg(values, mode_t);            \
    va_end(values);                                  \
    return opened(REAL(name), path, flags, mode);    \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                             \
  int name(int at, const char *path, int flags, ...) {                           \
    va_list values;                                                              \
    va_start(values, flags);                                                     \
    mode_t mode = va_arg(values, mode_t);                                        \
    va_end(values);                                                              \
    if (path[0] != '/') return REAL(name)(at, path, flags, mode);                \
    return opened(REAL(open), path, flags, mode);                                \
  }
OPENAT(openat)
OPENAT(openat64)

int close(int fd) {
  if (fd >= 0 && fd < MAX_FD) kind_of[fd] = 0;
  return REAL(close)(fd);
}

#define WRITING(type, name, parameters, arguments)                  \
  type name parameters {                                            \
    int error = ours(fd) == OURS_FILE ? write_error() : 0;          \
    return error != 0 ? failed(error) : REAL(name) arguments;       \
  }
WRITING(ssize_t, write, (int fd, const void *from, size_t size), (fd, from, size))
WRITING(ssize_t, pwrite, (int fd, const void *from, size_t size, off_t at), (fd, from, size, at))
WRITING(ssize_t, pwrite64, (int fd, const void *from, size_t size, off64_t at), (fd, from, size, at))
WRITING(ssize_t, writev, (int fd, const struct iovec *parts, int count), (fd, parts, count))
WRITING(ssize_t, pwritev, (int fd, const struct iovec *parts, int count, off_t at), (fd, parts, count, at))
WRITING(ssize_t, pwritev64, (int fd, const struct iovec *parts, int count, off64_t at), (fd, parts, count, at))

#define FLUSHING(name)                                                \
  int (name)(FILE *file) {                                            \
    int error = file != NULL && ours(fileno(file)) == OURS_FILE ? write_error() : 0; \
    return error != 0 ? failed(error) : REAL(name)(file);             \
  }
FLUSHING(fflush)
FLUSHING(fflush_unlocked)

#define STREAMING(name)                                                            \
  size_t (name)(const void *from, size_t size, size_t count, FILE *file) {           \
    int error = ours(fileno(file)) == OURS_FILE ? write_error() : 0;               \
    if (error == 0) return REAL(name)(from, size, count, file);                    \
    errno = error;                                                                 \
    return 0;                                                                      \
  }
STREAMING(fwrite)
STREAMING(fwrite_unlocked)

static int synced(int (*sync_it)(int), int fd) {
  unsigned char kind = ours(fd);
  if (kind == 0) return sync_it(fd);
  struct stat found;
  fstat(fd, &found);
  pthread_mutex_lock(&order);
  unsigned long before = operations;
  pthread_mutex_unlock(&order);
  struct timespec wait = {fault->sync_delay_ms / 1000, fault->sync_delay_ms % 1000 * 1000000L};
  nanosleep(&wait, NULL);
  int error = fault->kind == FAULT_UNSYNCED ? EIO : write_error();
  if (error != 0) return failed(error == ENOSPC ? EIO : error);
  int result = sync_it(fd);
  if (result != 0 || trace_fd < 0) return result;
  if (kind == OURS_FILE) {
    tell("%lu sync %lu %ld\n", before, (unsigned long)found.st_ino, (long)found.st_size);
  } else {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = '\0';
    if (below(path) != NULL) tell("%lu sync_names %s\n", before, below(path));
  }
  return result;
}
int fsync(int fd) { return synced(REAL(fsync), fd); }
int fdatasync(int fd) { return synced(REAL(fdatasync), fd); }

static int cut_to(int (*cut_it)(int, off_t), int fd, off_t size) {
  int error = ours(fd) == OURS_FILE ? write_error() : 0;
  if (error != 0) return failed(error);
  int result = cut_it(fd, size);
  struct stat found;
  if (result == 0 && ours(fd) == OURS_FILE && fstat(fd, &found) == 0)
    tell("%lu cut %lu %ld\n", operations, (unsigned long)found.st_ino, (long)size);
  return result;
}
int ftruncate(int fd, off_t size) { return cut_to(REAL(ftruncate), fd, size); }
int ftruncate64(int fd, off64_t size) { return cut_to(REAL(ftruncate64), fd, size); }

int rename(const char *from, const char *to) {
  const char *before = below(from), *after = below(to);
  if (before == NULL || after == NULL) return REAL(rename)(from, to);
  if (name_error() != 0) return failed(name_error());
  pthread_mutex_lock(&order);
  /* Told first: a process killed in between has a rename that no power cut can undo, which costs nothing. */
  tell("%lu rename %s %s\n", ++operations, before, after);
  int result = REAL(rename)(from, to);
  if (result != 0) tell("%lu undone\n", operations);
  pthread_mutex_unlock(&order);
  return result;
}

int link(const char *from, const char *to) {
  const char *before = below(from), *after = below(to);
  if (before == NULL || after == NULL) return REAL(link)(from, to);
  pthread_mutex_lock(&order);
  int result = write_error() != 0 ? failed(write_error()) : REAL(link)(from, to);
  if (result == 0) tell("%lu link %s %s\n", ++operations, before, after);
  pthread_mutex_unlock(&order);
  return result;
}

int unlink(const char *path) {
  const char *name = below(path);
  if (name == NULL) return REAL(unlink)(path);
  if (name_error() != 0) return failed(name_error());
  pthread_mutex_lock(&order);
  int result = REAL(unlink)(path);
  if (result == 0) tell("%lu remove %s\n", ++operations, name);
  pthread_mutex_unlock(&order);
  return result;
}

int mkdir(const char *path, mode_t mode) {
  const char *name = below(path);
  if (name == NULL) return REAL(mkdir)(path, mode);
  pthread_mutex_lock(&order);
  int error = access(path, F_OK) == 0 ? 0 : write_error();
  int result = error != 0 ? failed(error) : REAL(mkdir)(path, mode);
  if (result == 0) tell("%lu mkdir %s\n", ++operations, name);
  pthread_mutex_unlock(&order);
  return result;
}
