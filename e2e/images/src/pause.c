/* pause: sleeps until it is told to end. critest pulls an image of this name; Carafe's own pods have no such process. */
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

int main(void) {
  sigset_t end;
  int got = 0;
  if (sigemptyset(&end) < 0 || sigaddset(&end, SIGTERM) < 0 || sigaddset(&end, SIGINT) < 0 ||
      sigprocmask(SIG_BLOCK, &end, NULL) < 0) {
    return 1;
  }
  return sigwait(&end, &got) == 0 ? 0 : 1;
}
