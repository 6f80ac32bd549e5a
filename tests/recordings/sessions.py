"""The sessions that record.py plays: what runs, in which terminal, and which keys are pressed.

A step is a text to type (`<kf1>`, `<kcuu1>` and other names of terminfo stand for keys, `<esc>` `<cr>` `<tab>` and `<<` for
themselves), or one of {"until": regular expression}, {"size": (columns, rows)}, {"rest": seconds}, {"forget": True}: the
recording, and the terminal, begin anew here. Before each text, and at the end, the session waits until the program has been quiet.
"""

from dataclasses import dataclass

EXAMPLES = "/usr/libexec/ncurses-examples"


@dataclass
class Session:
    """What runs in which terminal."""

    name: str
    run: str
    steps: tuple = ()
    term: str = "xterm-256color"
    size: tuple = (80, 24)
    charset: str = "utf-8"
    lang: str = "C.UTF-8"
    rest: float = 0.6
    plain: bool = False  # outside of the sandbox: for machines

    @property
    def command(self):
        return ["sh", "-c", self.run]

    @property
    def how(self):
        keys = " ".join(step if isinstance(step, str) else str(step) for step in self.steps)
        return f"PTY recording of: {self.run}" + (f"; keys: {keys}" if keys else "") + ("" if self.lang == "C.UTF-8" else f"; {self.lang}")

    def environment(self):
        """All that the program finds in its environment."""
        return {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/games:" + EXAMPLES, "TERM": self.term,
            "LANG": self.lang, "LC_ALL": self.lang, "SHELL": "/bin/bash", "USER": "root", "TZ": "UTC", "HISTFILE": "", "HOME": "/home/demo",
            "ESCDELAY": "25"}

    def recode(self, data):
        """The bytes as an xterm of UTF-8, or of Latin-1, is to see them."""
        return data.decode("cp437").encode() if self.charset == "cp437" else data


QEMU = "qemu-system-x86_64 -nographic -no-reboot -net none -m 1024 "
GUESTS = "/var/tmp/vncterm-guests/"
SYSTEMD = QEMU + f"-kernel {GUESTS}kernel -initrd {GUESTS}systemd.img -append 'console=ttyS0 no_timer_check systemd.log_color=1 %s'"
SMALL = QEMU + f"-kernel {GUESTS}kernel -initrd {GUESTS}busybox.img -append 'console=ttyS0 no_timer_check quiet'"
LOGIN = ({"until": "guest login:"}, "root<cr>", {"until": "# $"})
GERMAN, JAPANESE, LATIN1 = "de_DE.UTF-8", "ja_JP.UTF-8", "de_DE.ISO-8859-1"
CP437 = "de_DE.IBM437"  # localedef -f IBM437 -i de_DE de_DE.IBM437
VIM = "vim -u NONE -i NONE -n -N --cmd 'syntax on'"
REPO = """cd src && git init -q . && git add . && git commit -qm 'First line' --date 2024-01-01T00:00:00Z && git checkout -q -b topic &&
echo more >more && git add more && git commit -qm 'On a topic: Grüße' --date 2024-01-02T00:00:00Z && git checkout -q main &&
sed -i s/fib/fibo/ main.c && git commit -qam 'Another name' --date 2024-01-03T00:00:00Z && git merge -q --no-edit topic && """.replace("\n", " ")

SESSIONS = [
    # Editors.
    Session("vim-256-visual-block", VIM + " -c 'colorscheme desert' src/main.c", ("3j", "\x16", "3jll", ":set nu<cr>"), size=(100, 30)),
    Session("vim-splits-resized", VIM + " src/main.c", (":vsplit docs/utf8.txt<cr>", ":split docs/long.txt<cr>", {"size": (100, 30)}, "50G")),
    Session("vim-termguicolors", VIM + " -c 'set termguicolors hls cursorline' -c 'colorscheme slate' src/main.c", ("/fib<cr>", "nn")),
    Session("vim-diff-tmux", "sed s/fib/fibo/ src/main.c >b.c; vim -u NONE -i NONE -n -d src/main.c b.c", ("]c",), term="tmux-256color", size=(132, 50)),
    Session("vim-help-vt102", VIM + " docs/notes.txt", ("A more<esc>", "yyp", ":help<cr>"), term="vt102"),
    Session("vim-japanese-insert", VIM + " docs/utf8.txt", ("3Go日本語の入力<esc>", "0lx", "4Gdw"), lang=JAPANESE),
    Session("vim-ansi-insert", VIM + " src/main.c", ("7Gofloat x;<esc>", "dd", "u", "p"), term="ansi", size=(80, 25)),
    Session("nano-german", "nano docs/utf8.txt", ("\x17Welt<cr>", "\x07"), lang=GERMAN),
    Session("nano-linux-syntax", "nano -Y c -l src/main.c", ("<kcud1><kcud1><knp>", "\x0b\x0b\x15"), term="linux", size=(80, 25)),
    Session("nano-screen-long-lines", "nano -S docs/notes.txt", ("<kcud1><kend>", " und noch mehr", "\x01", "neu "), term="screen-256color"),
    Session("emacs-c-mode", "emacs -nw -Q src/main.c", ("\x0e\x0e\x0e", "\x18" + "2", "\x18o", "\x13fib", "\x13"), rest=1.5),
    Session("emacs-linux-dired", "emacs -nw -Q --eval '(setq dired-listing-switches \"-gGo --time-style=+ \")' .", ("\x0e\x0e", "\x18" + "3"), term="linux", rest=1.5),
    Session("joe-vt220", "joe -asis src/main.c", ("\x0bh", "<kcud1><kcud1>abc", "\x0bu"), term="vt220", rest=0.8),
    Session("jed-xterm", "jed docs/notes.txt", ("\x0exyz", "\x0e\x0e\x0b"), rest=0.8),
    # Watching a machine.
    Session("htop-tree-resized", "htop -d 100", ("t", {"size": (100, 30)}, "<kf2>"), rest=0.8),
    Session("top-colours", "top -d 60", ("z", "x", "V"), lang=GERMAN, rest=1.0),
    Session("top-linux-bars", "top -d 60", ("t", "m", "1", "zb"), term="linux", size=(80, 25), rest=1.0),
    Session("btop-tty", "btop -t", ({"until": "proc"}, {"rest": 0.3}), term="linux", size=(80, 25), rest=0.0),
    Session("nmon", "nmon -s 60", ("c", "m", "k"), rest=0.8),
    Session("watch-colour", "watch -n 100 -c 'ls --color=always -l --time-style=+'", rest=1.5),
    # Files.
    Session("mc-german-dialog", "mc -d", ("<kf9>", "<kcud1><kcud1>", "<esc><esc>", "<kf5>"), lang=GERMAN, rest=1.0),
    Session("mc-editor-screen", "mc -d -e src/main.c", ("<kcud1><kcud1>new ", "<kf9>"), term="screen-256color", rest=1.0),
    Session("mc-viewer-tmux-resized", "mc -d -v docs/long.txt", ({"size": (80, 25)}, "<knp>", "<kf4>"), term="tmux-256color", rest=1.0),
    Session("mc-japanese", "mc -d docs", ("<kcud1>",), lang=JAPANESE, term="linux", rest=1.0),
    Session("ncdu-colour", "ncdu --color dark -x /usr/share/vim", ("<kcud1><cr>", "i"), rest=1.0),
    Session("ranger", "ranger --clean", ("j", "j", "V"), rest=1.5),
    Session("vifm", "vifm", ("j", ":vsplit<cr>"), term="screen-256color", rest=1.0),
    Session("ls-colours", "ls --color=always -laF --time-style=+ . /dev | head -60; ls -C --color=always /usr/lib"),
    Session("tree-ansi", "tree -C", term="ansi", size=(80, 25)),
    # Reading.
    Session("less-colours-search", "grep --color=always -n fib src/main.c | cat - docs/long.txt docs/utf8.txt | less -R", ("/longer<cr>", "n", "<knp>", "&line 1<cr>")),
    Session("less-linux-back", "less -N docs/long.txt", ("G", "b", "kkk", "5u"), term="linux", size=(80, 25)),
    Session("less-chop-vt102", "less -S docs/notes.txt", ("<kcuf1>", "-N<cr>"), term="vt102"),
    Session("man-ls", "man ls", (" ", "/SEE<cr>"), rest=1.0),
    Session("man-german-wide", "man -L de dpkg", ("d",), size=(132, 50), lang=GERMAN, rest=1.0),
    Session("w3m-table", "printf '<table border=1><tr><th>a<th>Größe<tr><td>1<td>漢字<tr><td>x<td><a href=/>link</a></table>' >t.html; w3m t.html", ("<tab>",), rest=1.0),
    Session("links-menu", "printf '<h1>Title</h1><p>Text with <b>bold</b> and <a href=x>link</a><ul><li>é<li>ü</ul>' >t.html; links t.html", ("<esc>", "<kcuf1>"), rest=1.0),
    Session("elinks-colours", "printf '<h1>Title</h1><p>Text with <b>bold</b> and <a href=x>link</a><form><input value=v></form>' >t.html; elinks t.html", ("<kcud1>", "<esc>"), rest=1.0),
    Session("lynx-colour", "printf '<h1>Title</h1><p>Text <b>bold</b> <a href=x>link</a> <em>em</em><pre>\\n  pre\\n</pre>' >t.html; lynx -color -nopause t.html", ("o",), rest=1.0),
    # Sessions within the terminal.
    Session("tmux-four-panes", "tmux -L r -f /dev/null", ("PS1='$ '; clear<cr>", "\x02%", "ls --color<cr>", "\x02\"", "cat docs/utf8.txt<cr>", "\x02t"), rest=1.0, size=(100, 30)),
    Session("tmux-resized", "tmux -L r -f /dev/null", ("PS1='$ '; clear<cr>", "\x02\"", "seq 100<cr>", {"size": (132, 50)}, "\x02[", "<kpp>"), rest=1.0),
    Session("screen-split", "screen -c /dev/null", ("PS1='$ '; clear<cr>", "cat docs/long.txt<cr>", "\x01S", "\x01<tab>", "\x01c", "PS1='> '; ls --color<cr>"), term="linux", rest=1.0),
    # Shells and what answers line by line.
    Session("bash-long-line", "bash --noprofile --rcfile .bashrc", ("echo " + "wort " * 30, "\x01", "\x1bf\x1bfneu ", "\x05", "\x17\x17", "<cr>", "ls do<tab><tab>", "\x12ech")),
    Session("bash-completion-linux", "bash --noprofile --rcfile .bashrc", ("ls /usr/lib/a<tab><tab>", "\x15seq 1 40<cr>", "echo äöü 漢字\x02\x02\x02\x08"), term="linux"),
    Session("bash-resized", "bash --noprofile --rcfile .bashrc", ("clear; cat docs/utf8.txt<cr>", {"size": (60, 20)}, "clear; ls --color<cr>", "echo eins zwei")),
    Session("zsh-menu", "zsh -f", ("autoload -U compinit; compinit -u; zstyle ':completion:*' menu select; PROMPT='%F{green}%~%f %# '; RPROMPT='%B%T%b'<cr>", {"rest": 3.0}, "clear<cr>", "ls <tab><tab>", "<tab>"), rest=1.0),
    Session("fish", "fish --no-config", ("clear<cr>", "ls do<tab>", "<tab>", "\x15echo \"offen"), rest=1.5),
    Session("python-repl", "/usr/bin/python3 -q", ("print('ä' * 90)<cr>", "def f(x):<cr>", "    return [x] * 20<cr><cr>", "f('日本')<cr>", "1/0<cr>"), rest=0.8),
    Session("gdb-tui", "cd src && make -s && gdb -q -nx -tui ./main", ("break fib<cr>", "run<cr>", "layout asm<cr>", "refresh<cr>"), rest=2.0, size=(100, 30)),
    Session("fdisk", "truncate -s 300M disk.img; /sbin/fdisk disk.img", ("m<cr>", "n<cr><cr><cr><cr>+100M<cr>", "p<cr>"), lang=GERMAN),
    Session("parted", "truncate -s 300M disk.img; /sbin/parted disk.img", ("mklabel gpt<cr>", "mkpart a ext4 1MiB 50%<cr>", "print<cr>", "help mk<tab>"), rest=0.8),
    # What Debian installs and configures with.
    Session("dialog-form-resized", "dialog --backtitle 'Netz' --form 'Adresse eingeben' 15 50 4 'IP:' 1 1 10.0.0.1 1 10 15 0 'Maske:' 2 1 /24 2 10 15 0", ("<kcud1>9", {"size": (100, 30)}, "<tab>"), lang=GERMAN),
    Session("dialog-checklist-linux", "dialog --colors --checklist '\\Z1Rot\\Zn und \\Zbfett' 14 50 5 a 'Erster Eintrag' on b '漢字' off c 'ελληνικά' off d x on e y off f z off", ("<kcud1> ", "<kcud1><kcud1><kcud1><kcud1>"), term="linux"),
    Session("dialog-calendar-vt102", "dialog --calendar Date 0 0 14 7 2025", ("<tab>", "<kcuf1>"), term="vt102"),
    Session("dialog-editbox-ansi", "dialog --no-shadow --editbox docs/notes.txt 16 60", ("<kcud1>x",), term="ansi", size=(80, 25)),
    Session("whiptail-radiolist", "whiptail --title Tastatur --radiolist 'Belegung' 15 50 5 de Deutsch on us Amerikanisch off jp 日本語 off", ("<kcud1> ", "<tab>"), lang=GERMAN),
    Session("whiptail-gauge-linux", "for n in 10 35 60 85; do echo $n; sleep 0.2; done | whiptail --gauge 'Packages are unpacked' 8 60 0", term="linux"),
    Session("raspi-menu", "whiptail --title 'Raspberry Pi Software Configuration Tool (raspi-config)' --menu 'Setup Options' --cancel-button Finish --ok-button Select 20 78 9 '1 System Options' 'Configure system settings' '2 Display Options' 'Configure display settings' '3 Interface Options' 'Configure connections to peripherals' '8 Update' 'Update this tool' '9 About' 'Information'", ("<kcud1><kcud1>",), term="linux"),
    Session("debconf", "DEBIAN_FRONTEND=dialog DEBCONF_NONINTERACTIVE_SEEN=false dpkg-reconfigure tzdata", ("<kcud1>", "<knp>"), rest=1.5),
    Session("aptitude", "aptitude -o APT::Color=1 search '?name(^vim)' | head -40; aptitude", ("<kcud1><cr>", "<kcud1><cr>"), rest=3.0),
    Session("aptitude-german-menu", "aptitude", ("\x14", "<kcud1>"), lang=GERMAN, term="linux", rest=3.0),
    Session("cfdisk-gpt", "truncate -s 300M disk.img; printf 'label: gpt\\n,100M,U\\n,,L\\n' | /sbin/sfdisk -q disk.img; /sbin/cfdisk disk.img", ("<kcud1>", "<kcuf1><kcuf1>", "h"), lang=GERMAN),
    # Guests that do not speak UTF-8.
    Session("dialog-menu-latin1", r"dialog --backtitle $(printf 'B\374ro') --menu $(printf 'Gr\366\337e') 14 40 4 a $(printf '\304pfel') b $(printf 'N\374sse') c $(printf '\243\2775\261\275')", ("<kcud1>",), term="xterm", charset="latin1", lang=LATIN1),
    Session("mc-latin1-menu", "iconv -t latin1 docs/notes.txt >$(printf 'gr\\374n.txt'); mc -d", ("<kend>", "<kf9><kcud1>"), term="xterm", charset="latin1", lang=LATIN1, rest=1.0),
    Session("vim-latin1", r"printf 'Gr\374\337e aus K\366ln\n\251 \261\275 \253x\273\n' >a.txt; " + VIM + " a.txt", ("oÄÖÜ ß\x1b", ":set list nu<cr>", "v$"), term="xterm", charset="latin1", lang=LATIN1),
    Session("less-latin1-vt220", r"printf 'Gr\374\337e aus K\366ln\n\251 \261\275 \253x\273\n\205 \233 a_\b\344\n' >a.txt; less a.txt", ("/aus<cr>",), term="vt220", charset="latin1", lang=LATIN1),
    Session("dialog-menu-cp437", r"dialog --backtitle $(printf 'B\201ro') --menu $(printf 'Gr\224\341e') 14 40 4 a $(printf '\216pfel') b $(printf 'N\201sse') c $(printf '\2345\361\253')", ("<kcud1>",), term="ansi", size=(80, 25), charset="cp437", lang=CP437),
    Session("mc-cp437-linux", "mc -d", ("<kend>", "<kf9><kcud1>"), term="linux", size=(80, 25), charset="cp437", lang=CP437, rest=1.0),
    Session("setup-menu-cp437", r"""e() { printf "$@"; }; line() { e "\033[%d;1H\272" $1; e '%78s\272' ''; }
e '\033[0;37;44m\033[2J\033[H\311'; printf '\315%.0s' $(seq 78); e '\273'; for n in $(seq 2 23); do line $n; done; e '\033[24;1H\310'; printf '\315%.0s' $(seq 78); e '\274'
e '\033[1;30H\265 BIOS SETUP UTILITY \306\033[3;1H\307'; printf '\304%.0s' $(seq 78); e '\266\033[2;3HMain  \033[47;34mAdvanced\033[0;37;44m  Boot  Exit'
e '\033[5;4H\020 CPU Configuration\033[6;4H\020 IDE Configuration\033[8;4HSystem Time  \033[30;47m[12:30:10]\033[37;44m\033[9;4HTemperature  40\370C/104\370F\033[10;4HVolume \333\333\333\333\262\262\261\261\260\260'
e '\033[5;50H\333\337\337\337\333 \030\031 Select\033[6;50H\333\334\334\334\333 \033\021\033\020 \361 Change\033[12;50H\225\231\232 \341 \342\343\344\352\356 \363\362\366\373\033[25;1H\033[0;30;46m F1 Help  \263 Esc Exit \376\033[K\033[8;18H'""", term="ansi", size=(80, 25), charset="cp437", lang=CP437),
    # Mail and talk.
    Session("mutt", "printf 'From a@example.org Mon Jan  1 00:00:00 2024\\nFrom: A <a@example.org>\\nDate: Mon, 1 Jan 2024 00:00:00 +0000\\nSubject: Grüße\\nContent-Type: text/plain; charset=utf-8\\n\\nHallo Welt\\n\\n' >box; mutt -F /dev/null -R -f box", ("<cr>",), rest=1.0),
    Session("neomutt", "printf 'From a@example.org Mon Jan  1 00:00:00 2024\\nFrom: A <a@example.org>\\nDate: Mon, 1 Jan 2024 00:00:00 +0000\\nSubject: 漢字\\n\\nHallo\\n\\n' >box; neomutt -n -F /dev/null -R -f box", ("?",), rest=1.0),
    Session("alpine", "alpine -p ./pinerc", ("e", "?"), rest=1.5),
    Session("irssi", "irssi", ("/help<cr>", "/window new split<cr>", "hallo äöü"), rest=1.5),
    Session("weechat", "weechat -t", ("/buffer add test<cr>", "/print -buffer core.test Grüße<cr>", "/window splitv 50<cr>"), rest=2.0, size=(132, 50)),
    Session("calcurse", "calcurse", ("<tab>",), rest=1.0),
    # Git.
    Session("git-log-graph", REPO + "git --no-pager log --graph --oneline --stat --color=always"),
    Session("git-diff-words", REPO + "git --no-pager diff --color-words --color=always HEAD~1~1", term="ansi"),
    Session("git-log-pager", REPO + "git -c core.pager='less -+F' log -p --graph --color=always", ("<knp>", "/fibo<cr>"), rest=1.0),
    Session("tig-diff", REPO + "tig", ("<cr>", "<kcud1>"), rest=1.0),
    Session("diff-side-by-side", "sed 's/fib/fibo/;5d' src/main.c | diff -y --color=always -W 100 src/main.c -; colordiff -u src/main.c src/Makefile", size=(100, 30)),
    # Games, and what draws.
    Session("cmatrix", "timeout --foreground 5 cmatrix -u 9 -C cyan", ({"rest": 1.2},), rest=0.0),
    Session("nethack", "nethack -u guest -p Valkyrie -r human -D", ("y", "<cr>", "i", "<esc>", "llll"), rest=1.0),
    Session("bsdgames-worm-vt100", "worm 10", ("llll", "jjj"), term="vt100"),
    Session("bsdgames-robots", "robots -s 1", ("y", "k", "l"), rest=1.0),
    Session("bsdgames-hangman", "hangman -d /usr/share/dict/words; battlestar", ("e", "i"), term="vt52", rest=1.0),
    Session("figlet-toilet", "figlet vncterm; toilet --gay -f smblock console; toilet -f future --metal Grüße"),
    Session("cal-highlight", "cal -h 2024; ncal -b 7 2025"),
    # ncurses' own.
    Session("ncurses-colours-256", f"{EXAMPLES}/ncurses", ("c", "w"), rest=1.0),
    Session("ncurses-attributes-linux", f"{EXAMPLES}/ncurses", ("b<cr>",), term="linux", rest=1.0),
    Session("ncurses-acs-vt100", f"{EXAMPLES}/ncurses", ("f<cr>",), term="vt100", rest=1.0),
    Session("ncurses-wide-acs", f"{EXAMPLES}/ncurses", ("F<cr>",), rest=1.0),
    Session("ncurses-panels", f"{EXAMPLES}/demo_panels", (), term="xterm", rest=2.0),
    Session("ncurses-worm-ansi", f"timeout --foreground 5 {EXAMPLES}/worm -l 30 -n 5", ({"rest": 1.0},), term="ansi", rest=0.0),
    Session("ncurses-hanoi-vt220", f"{EXAMPLES}/hanoi -a 4", ({"rest": 3.0},), term="vt220", rest=0.0),
    Session("ncurses-gdc-scroll", f"{EXAMPLES}/gdc -s 2", ({"rest": 2.0},), term="vt102", rest=0.0),
    Session("ncurses-insdelln", f"{EXAMPLES}/insdelln", ("i", "i", "<kcud1>d", "i"), term="xterm-256color", rest=0.8),
    Session("ncurses-ins-wide", f"{EXAMPLES}/ins_wide docs/utf8.txt", ("abc漢字",), rest=0.8),
    Session("tput-colorcube", f"{EXAMPLES}/tput-colorcube"),
    Session("tput-shell", "tput clear; tput cup 5 10; tput smul; echo underlined; tput rmul; tput rev; tput cup 8 3; echo reverse; tput sgr0; tput csr 10 20; tput cup 20 0; seq 15; tput csr 0 23; tput sc; tput cup 0 60; date +%Z; tput rc; tput dim; echo dim; tput sgr0; tput smacs; echo lqqqk; tput rmacs"),
    # Machines: see guests.sh.
    Session("qemu-systemd-boot-quiet", SYSTEMD % "quiet systemd.show_status=1", ({"until": "guest login:"},), plain=True, term="linux", rest=2.0),
    Session("qemu-systemd-boot-verbose", SYSTEMD % "loglevel=4 systemd.show_status=1", ({"until": "guest login:"},), plain=True, term="linux", rest=2.0),
    Session("qemu-systemd-status", SYSTEMD % "quiet", (*LOGIN, {"forget": True}, "systemctl status<cr>", " ", "q", "systemctl --no-pager list-units --type=service<cr>"), plain=True, term="linux", rest=4.0),
    Session("qemu-systemd-journal-nano", SYSTEMD % "quiet", (*LOGIN, {"forget": True}, "journalctl -b --no-hostname<cr>", "G", "q", "nano /etc/passwd<cr>", "\x16"), plain=True, term="linux", rest=4.0),
    Session("qemu-systemd-poweroff", SYSTEMD % "quiet systemd.show_status=1", (*LOGIN, {"forget": True}, "poweroff<cr>", {"until": "Power down"}), plain=True, term="linux", rest=2.0),
    Session("qemu-busybox-vi", SMALL, ({"until": "# "}, "vi /init<cr>", "jjodas ist neu\x1b", ":set nu<cr>"), plain=True, term="linux", rest=3.0),
    Session("qemu-busybox-top", SMALL, ({"until": "# "}, "ls --color /bin /dev<cr>", "top -d 100<cr>"), plain=True, term="linux", rest=4.0),
    Session("qemu-grub-colours", QEMU + f"-cdrom {GUESTS}grub.iso", ({"until": "Memory|More"}, "\x0e", "\x0e"), plain=True, term="linux", rest=2.0),
    Session("qemu-grub-edit", QEMU + f"-cdrom {GUESTS}grub.iso", ({"until": "Memory|More"}, "e", "\x0e\x0e\x05 single"), plain=True, term="linux", rest=2.0),
    Session("qemu-grub-shell", QEMU + f"-cdrom {GUESTS}grub.iso", ({"until": "Memory|More"}, "c", "ls<cr>", "help linux<cr>", "se<tab>"), plain=True, term="linux", rest=2.0),
    Session("qemu-grub-boots-linux", QEMU + f"-cdrom {GUESTS}grub.iso", ({"until": "Memory|More"}, "\r", {"until": "# "}, "ps<cr>"), plain=True, term="linux", rest=3.0),
    Session("qemu-seabios-nothing-to-boot", QEMU.replace("-m 1024", "-m 64"), ({"until": "No bootable device|iPXE"},), plain=True, term="linux", rest=6.0),
    # vttest's menus.
    Session("vttest-menu", "vttest", term="vt100", rest=1.0),
    Session("vttest-cursor-border", "vttest", ("1<cr>",), term="vt100", rest=1.0),
    Session("vttest-sizes", "vttest", ("4<cr>", "<cr>", "<cr>"), term="vt100", rest=1.0),
    Session("vttest-charsets", "vttest", ("3<cr>", "8<cr>"), term="vt220", rest=1.0),
    Session("vttest-rendition", "vttest", ("2<cr>",) + ("<cr>",) * 13, term="vt100", rest=1.0),
]
