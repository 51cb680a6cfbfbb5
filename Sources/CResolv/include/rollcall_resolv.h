/* SRV records by the system's resolver (glibc's libresolv), which Swift cannot call itself: its names are macros. */
#ifndef ROLLCALL_RESOLV_H
#define ROLLCALL_RESOLV_H
#include <stddef.h>
#include <stdint.h>

#define ROLLCALL_SRV_NAME_SIZE 1025

struct rollcall_srv {
  uint16_t port;
  /* Without the dot at its end; NUL-terminated. */
  char target[ROLLCALL_SRV_NAME_SIZE];
};

enum rollcall_srv_failure {
  /* There is no such name, or it has no SRV record. */
  ROLLCALL_SRV_NONE = -1,
  /* No server answered, or one that cannot tell now. */
  ROLLCALL_SRV_AGAIN = -2,
  /* The answer is not what an answer may be. */
  ROLLCALL_SRV_BROKEN = -3,
};

/* Asks for the SRV records of a name (RFC 2782), with the search list of resolv.conf. Writes up to `capacity` of them and
   returns how many, or one of rollcall_srv_failure. Blocks for as long as resolv.conf says. From any thread. */
int rollcall_resolve_srv(const char *name, struct rollcall_srv *records, size_t capacity);
#endif
