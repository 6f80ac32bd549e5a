/*
 * A server made of libvncserver, with the pixel format that it has when nobody says otherwise: 32 bits of depth, red in
 * the first byte. Each pixel tells where it is. A key that goes down turns all colours over and rings the bell; what is
 * cut is sent back in capitals.
 *
 * libvncserver PORT
 */
#include <rfb/rfb.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 300, HEIGHT = 200 };

static void key(rfbBool down, rfbKeySym symbol, rfbClientPtr client)
{
    if (!down || symbol != 'x') {
        return;
    }
    for (int i = 0; i < WIDTH * HEIGHT * 4; i++) {
        client->screen->frameBuffer[i] ^= 0xff;
    }
    rfbMarkRectAsModified(client->screen, 0, 0, WIDTH, HEIGHT);
    rfbSendBell(client->screen);
}

static void cut(char *text, int length, rfbClientPtr client)
{
    for (int i = 0; i < length; i++) {
        text[i] = text[i] >= 'a' && text[i] <= 'z' ? text[i] - 'a' + 'A' : text[i];
    }
    rfbSendServerCutTextUTF8(client->screen, text, length, text, length);
}

int main(int argc, char **argv)
{
    int none = 0;
    rfbScreenInfoPtr screen = argc == 2 ? rfbGetScreen(&none, NULL, WIDTH, HEIGHT, 8, 3, 4) : NULL;
    if (!screen || !(screen->frameBuffer = malloc(WIDTH * HEIGHT * 4))) {
        return 2;
    }
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            unsigned char pixel[4] = { x & 0xff, y, x ^ y, 0 };
            memcpy(screen->frameBuffer + (y * WIDTH + x) * 4, pixel, 4);
        }
    }
    screen->port = atoi(argv[1]);
    screen->ipv6port = 0;
    screen->listenInterface = htonl(INADDR_LOOPBACK);
    screen->desktopName = "libvncserver";
    screen->alwaysShared = TRUE;
    screen->kbdAddEvent = key;
    screen->setXCutTextUTF8 = cut;
    rfbInitServer(screen);
    rfbRunEventLoop(screen, 20000, FALSE);
    return 0;
}
