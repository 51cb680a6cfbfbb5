#include "rollcall_resolv.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>

/* The largest answer that DNS over TCP has. */
enum { ANSWER_SIZE = 65535 };

static int failure(int h_error) {
  return h_error == HOST_NOT_FOUND || h_error == NO_DATA ? ROLLCALL_SRV_NONE : ROLLCALL_SRV_AGAIN;
}

static int read_records(const unsigned char *answer, int size, struct rollcall_srv *records, size_t capacity) {
  ns_msg message;
  if (ns_initparse(answer, size, &message) != 0) return ROLLCALL_SRV_BROKEN;
  size_t count = 0;
  int total = ns_msg_count(message, ns_s_an);
  for (int index = 0; index < total && count < capacity; index++) {
    ns_rr record;
    if (ns_parserr(&message, ns_s_an, index, &record) != 0) return ROLLCALL_SRV_BROKEN;
    if (ns_rr_type(record) != ns_t_srv) continue;
    /* Priority, weight and port, of two bytes each, then the target. */
    if (ns_rr_rdlen(record) < 7) return ROLLCALL_SRV_BROKEN;
    const unsigned char *data = ns_rr_rdata(record);
    struct rollcall_srv *srv = &records[count];
    srv->port = (uint16_t)ns_get16(data + 4);
    if (dn_expand(ns_msg_base(message), ns_msg_end(message), data + 6, srv->target, sizeof srv->target) < 0)
      return ROLLCALL_SRV_BROKEN;
    /* "." says that the service is not there (RFC 2782). */
    if (srv->target[0] == 0) continue;
    count++;
  }
  return count == 0 ? ROLLCALL_SRV_NONE : (int)count;
}

int rollcall_resolve_srv(const char *name, struct rollcall_srv *records, size_t capacity) {
  struct __res_state state;
  memset(&state, 0, sizeof state);
  if (res_ninit(&state) != 0) return ROLLCALL_SRV_AGAIN;
  unsigned char *answer = malloc(ANSWER_SIZE);
  int result = ROLLCALL_SRV_AGAIN;
  if (answer != NULL) {
    int size = res_nsearch(&state, name, ns_c_in, ns_t_srv, answer, ANSWER_SIZE);
    result = size < 0 ? failure(state.res_h_errno) : read_records(answer, size < ANSWER_SIZE ? size : ANSWER_SIZE, records, capacity);
  }
  free(answer);
  res_nclose(&state);
  return result;
}
