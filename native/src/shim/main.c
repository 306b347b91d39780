#include <stdio.h>
int main(void)
{
  return puts("not written yet") == EOF;
}
