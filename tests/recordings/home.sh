# The home that a session finds: sourced by record.py in an empty folder, before the program starts.
export HOME=$PWD
mkdir docs src mail
cat >src/main.c <<'END'
/* Fibonacci, the long way round. */
#include <stdio.h>
#include <stdlib.h>

static long fib(int n)
{
	return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

int main(int argc, char **argv)
{
	int last = argc > 1 ? atoi(argv[1]) : 10;
	for (int n = 0; n <= last; n++)
		printf("fib(%d) = %ld\n", n, fib(n));	/* one a line */
	return 0;
}
END
cat >src/Makefile <<'END'
CFLAGS = -O2 -Wall -g
all: main
clean:
	rm -f main
END
cat >docs/utf8.txt <<'END'
Grüße aus Köln – naïve café
Здравствуйте, мир
こんにちは世界 漢字かな
한국어 텍스트
עברית  العربية
┌──┬──┐ ╔══╗ ░▒▓█
🙂🚀🎉 👍🏽 é å x̂
END
cat >docs/notes.txt <<'END'
A console is a line of text and a prompt.
The quick brown fox jumps over the lazy dog, and does so again and again until the line is longer than any screen of eighty columns can hold.
	tab	tab	tab
End.
END
for n in $(seq 1 120); do echo "line $n of a longer file, with some words in it"; done >docs/long.txt
ln -s src/main.c link.c; mkfifo pipe; chmod 755 src; touch docs/a.tar.gz docs/b.png docs/c.mp3; : >empty; printf '#!/bin/sh\n' >run; chmod 755 run
printf 'PS1="\\u@\\h:\\w\\$ "\n' >.bashrc
git config --global user.name Demo; git config --global user.email demo@example.org; git config --global init.defaultBranch main
