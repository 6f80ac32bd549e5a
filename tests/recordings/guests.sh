#!/bin/sh
# Makes the machines that the sessions of sessions.py boot, in the folder of their name: needs root, mmdebstrap, GRUB's tools,
# cpio, zstd, busybox-static, and a Debian kernel in /boot. With TCG a machine boots in a minute.
set -eu
folder=/var/tmp/vncterm-guests
mkdir -p $folder && cd $folder
kernel=$(ls /boot/vmlinuz-* | tail -1)
cp "$kernel" kernel

# Debian with systemd, as one initramfs.
[ -d root ] || mmdebstrap --variant=minbase --include=systemd-sysv,udev,dbus,less,nano,vim-tiny,kmod,procps,iproute2 bookworm root
rm -rf root/etc/apt root/var/lib/apt root/var/cache/apt root/usr/share/doc root/usr/share/locale root/usr/share/man
echo guest >root/etc/hostname
sed -i 's/^root:[^:]*:/root::/' root/etc/shadow
: >root/etc/machine-id
ln -sf sbin/init root/init
(cd root && find . | cpio --quiet -H newc -o | zstd -q -3 -T2) >systemd.img

# busybox, as one too.
rm -rf small && mkdir -p small/bin small/proc small/sys small/dev
cp /bin/busybox small/bin/
for name in sh ls vi top mount cat dmesg ps stty less poweroff seq; do ln -s busybox small/bin/$name; done
cat >small/init <<'END'
#!/bin/sh
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
export TERM=linux PS1='\w # '
exec setsid -c sh </dev/ttyS0 >/dev/ttyS0 2>&1
END
chmod 755 small/init; ln -s busybox small/bin/setsid
(cd small && find . | cpio --quiet -H newc -o | gzip) >busybox.img

# GRUB on a serial line, drawing its boxes in UTF-8 and in colours.
mkdir -p iso/boot/grub && cp kernel busybox.img iso/boot/
cat >iso/boot/grub/grub.cfg <<'END'
serial --unit=0 --speed=115200
terminfo -g 80x24 -u serial vt100-color
terminal_input serial
terminal_output serial
set timeout=60
set menu_color_normal=cyan/blue
set menu_color_highlight=white/blue
menuentry 'A small Linux' { linux /boot/kernel console=ttyS0 no_timer_check quiet; initrd /boot/busybox.img; }
menuentry 'Ein größeres: äöü' { linux /boot/kernel console=ttyS0 no_timer_check; initrd /boot/busybox.img; }
submenu 'More ...' { menuentry 'Memory test' { true; } }
END
grub-mkrescue -o grub.iso iso 2>/dev/null
