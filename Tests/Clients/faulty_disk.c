/*
 * A disk that fails as it is told: preloaded into the program under test, which has no hook for it. It stands between
 * the program and the system's calls for files below the directory FAULTY_DISK_ROOT alone, and reads what to do from
 * the file FAULTY_DISK_CONTROL, which is mapped: a test rewrites it, and the next call follows. (Linux.)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The control file; faulty_disk.py writes the same. */
struct control {
  /* What changes a file fails with this errno, unless it is 0. */
  _Atomic int32_t error;
  /* Which of them fail. */
  _Atomic int32_t scope;
  /* How long each write and each flush takes, in milliseconds. */
  _Atomic int32_t write_delay, flush_delay;
  /* Writes and flushes wait until this is 0. */
  _Atomic int32_t hold;
  /* Told to the test: calls that failed so far, and calls that wait now. */
  _Atomic int32_t refused, waiting;
};

/* A full disk refuses only what makes a file longer: the room that a file has it keeps. */
enum { everything, growth, flushes };

enum { file_limit = 65536 };
static struct control *control;
static const char *root;
static size_t root_length;
/* By descriptor: whether its file is below the root. */
static atomic_bool ours[file_limit];

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("FAULTY_DISK_CONTROL");
  root = getenv("FAULTY_DISK_ROOT");
  if (!path || !root) return;
  root_length = strlen(root);
  long file = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
  if (file < 0) abort();
  void *map = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, (int)file, 0);
  if (map == MAP_FAILED) abort();
  syscall(SYS_close, file);
  control = map;
}

static bool is_below_root(const char *path) {
  return control && strncmp(path, root, root_length) == 0 && (path[root_length] == '/' || path[root_length] == 0);
}

static bool is_ours(int file) { return file >= 0 && file < file_limit && atomic_load(&ours[file]); }

static void pause_for(int32_t milliseconds) {
  struct timespec rest = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
  while (nanosleep(&rest, &rest) != 0 && errno == EINTR) {}
}

static void be_slow(int32_t delay) {
  if (delay == 0 && !atomic_load(&control->hold)) return;
  atomic_fetch_add(&control->waiting, 1);
  pause_for(delay);
  while (atomic_load(&control->hold)) pause_for(2);
  atomic_fetch_sub(&control->waiting, 1);
}

/* Whether a call of this kind fails now; if so, errno is set. */
static bool refuses(int kind) {
  int error = atomic_load(&control->error);
  int scope = atomic_load(&control->scope);
  if (error == 0 || (scope != everything && scope != kind)) return false;
  atomic_fetch_add(&control->refused, 1);
  errno = error;
  return true;
}

/* What kind of change it is that a file reaches to `end`. */
static int reaching(int file, off_t end) {
  struct stat status;
  return fstat(file, &status) == 0 && end > status.st_size ? growth : everything;
}

static int open_at(int directory, const char *path, int flags, mode_t mode) {
  bool below = is_below_root(path);
  if (below && (flags & O_ACCMODE) != O_RDONLY && refuses(everything)) return -1;
  int file = (int)syscall(SYS_openat, directory, path, flags, mode);
  if (file >= 0 && file < file_limit) atomic_store(&ours[file], below);
  return file;
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    va_list more; \
    va_start(more, flags); \
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0; \
    va_end(more); \
    return open_at(AT_FDCWD, path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

int close(int file) {
  if (file >= 0 && file < file_limit) atomic_store(&ours[file], false);
  return (int)syscall(SYS_close, file);
}

ssize_t write(int file, const void *bytes, size_t count) {
  if (is_ours(file)) {
    be_slow(atomic_load(&control->write_delay));
    if (refuses(reaching(file, lseek(file, 0, SEEK_CUR) + (off_t)count))) return -1;
  }
  return syscall(SYS_write, file, bytes, count);
}

static ssize_t write_at(int file, const void *bytes, size_t count, off_t offset) {
  if (is_ours(file)) {
    be_slow(atomic_load(&control->write_delay));
    if (refuses(reaching(file, offset + (off_t)count))) return -1;
  }
  return syscall(SYS_pwrite64, file, bytes, count, offset);
}

#define PWRITE(name) \
  ssize_t name(int file, const void *bytes, size_t count, off_t offset) { return write_at(file, bytes, count, offset); }
PWRITE(pwrite)
PWRITE(pwrite64)

static int truncate_to(int file, off_t length) {
  if (is_ours(file) && refuses(reaching(file, length))) return -1;
  return (int)syscall(SYS_ftruncate, file, length);
}

int ftruncate(int file, off_t length) { return truncate_to(file, length); }
int ftruncate64(int file, off_t length) { return truncate_to(file, length); }

static int flush(long call, int file) {
  if (is_ours(file)) {
    be_slow(atomic_load(&control->flush_delay));
    if (refuses(flushes)) return -1;
  }
  return (int)syscall(call, file);
}

int fsync(int file) { return flush(SYS_fsync, file); }
int fdatasync(int file) { return flush(SYS_fdatasync, file); }
