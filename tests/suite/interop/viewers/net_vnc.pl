# A viewer made of Net::VNC, led by lines on its standard input: "picture FILE" brings the picture up to date and writes
# it as a PNG, "type TEXT" types it and Return. Each is answered with a line.
#
# net_vnc.pl HOST PORT DEPTH
use strict;
use warnings;
use IO::Select;
use Net::VNC;

my ($host, $port, $depth) = @ARGV;
my $vnc = Net::VNC->new({ hostname => $host, port => $port });
$vnc->depth($depth);
$vnc->hide_cursor(1);
$vnc->login;
my $coming = IO::Select->new($vnc->socket);
my $asked  = 0;
my $more   = 0;
$| = 1;

while (defined(my $line = <STDIN>)) {
    chomp $line;
    my ($verb, $rest) = split / /, $line, 2;
    if ($verb eq 'picture') {

        # Its own `capture` waits for ever when nothing has changed.
        while (1) {
            $vnc->_send_update_request unless $asked;
            $asked = 1;
            last unless $more || $coming->can_read(0.3);
            my $message = $vnc->_receive_message;
            $asked = 0 if $message == 0;

            # What follows a map of colours may have been read already.
            $more = $message == 1;
        }
        my $image = $vnc->_image_plus_cursor;
        $image->image_set_format('png');
        $image->save($rest);
    }
    elsif ($verb eq 'type') {
        $vnc->send_key_event($_) for map {ord} split //, $rest;
        $vnc->send_key_event(0xff0d);
    }
    print "done\n";
}
