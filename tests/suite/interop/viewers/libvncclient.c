/*
 * A viewer made of libvncclient, led by lines on its standard input: "picture FILE" brings the picture up to date and
 * writes it as a PPM, "type TEXT" types it and Return, "cut FILE" sends what is in it as cut text, "paste" presses
 * Shift-Insert. Each is answered with a line.
 *
 * libvncclient HOST PORT ENCODINGS BITS RED,GREEN,BLUE (maxima) RED,GREEN,BLUE (shifts)
 */
#include <rfb/rfbclient.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned maxima[3], shifts[3];

/* Handles what comes until nothing has come for a tenth of a second. */
static void settle(rfbClient *client)
{
    int ready;
    /* What it has read already it does not wait for. */
    while ((ready = client->buffered > 0 ? 1 : WaitForMessage(client, 100000)) > 0) {
        if (!HandleRFBServerMessage(client)) {
            exit(3);
        }
    }
    if (ready < 0) {
        exit(4);
    }
}

static void write_picture(rfbClient *client, const char *path)
{
    FILE *file = fopen(path, "wb");
    if (!file) {
        exit(5);
    }
    fprintf(file, "P6\n%d %d\n255\n", client->width, client->height);
    size_t bytes = client->format.bitsPerPixel / 8;
    for (size_t i = 0; i < (size_t)client->width * client->height; i++) {
        uint32_t pixel = 0;
        memcpy(&pixel, client->frameBuffer + i * bytes, bytes); /* little-endian, as this machine */
        for (int c = 0; c < 3; c++) {
            unsigned value = (pixel >> shifts[c]) & maxima[c];
            fputc((int)((value * 255 + maxima[c] / 2) / maxima[c]), file);
        }
    }
    fclose(file);
}

static void press(rfbClient *client, uint32_t keysym)
{
    SendKeyEvent(client, keysym, TRUE);
    SendKeyEvent(client, keysym, FALSE);
}

static void type(rfbClient *client, const char *text)
{
    for (; *text; text++) {
        press(client, (unsigned char)*text);
    }
    press(client, 0xff0d); /* Return */
}

static void cut(rfbClient *client, const char *path)
{
    static char text[65536];
    FILE *file = fopen(path, "rb");
    if (!file) {
        exit(6);
    }
    SendClientCutText(client, text, (int)fread(text, 1, sizeof text, file));
    fclose(file);
}

static void paste(rfbClient *client)
{
    SendKeyEvent(client, 0xffe1, TRUE); /* Shift */
    press(client, 0xff63); /* Insert */
    SendKeyEvent(client, 0xffe1, FALSE);
}

int main(int argc, char **argv)
{
    if (argc != 7 || sscanf(argv[5], "%u,%u,%u", &maxima[0], &maxima[1], &maxima[2]) != 3 ||
        sscanf(argv[6], "%u,%u,%u", &shifts[0], &shifts[1], &shifts[2]) != 3) {
        return 2;
    }
    int bits = atoi(argv[4]);
    rfbEnableClientLogging = FALSE;
    rfbClient *client = rfbGetClient(8, 3, bits / 8);
    client->format.bitsPerPixel = bits;
    client->format.depth = bits == 32 ? 24 : bits;
    client->format.redMax = maxima[0], client->format.greenMax = maxima[1], client->format.blueMax = maxima[2];
    client->format.redShift = shifts[0], client->format.greenShift = shifts[1], client->format.blueShift = shifts[2];
    client->appData.encodingsString = argv[3];
    client->appData.enableJPEG = FALSE;
    client->appData.useRemoteCursor = FALSE;
    client->canHandleNewFBSize = TRUE;
    client->serverHost = strdup(argv[1]);
    client->serverPort = atoi(argv[2]);
    if (!rfbInitClient(client, NULL, NULL)) {
        return 1;
    }
    static char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        if (strncmp(line, "picture ", 8) == 0) {
            settle(client);
            write_picture(client, line + 8);
        } else if (strncmp(line, "type ", 5) == 0) {
            type(client, line + 5);
        } else if (strncmp(line, "cut ", 4) == 0) {
            cut(client, line + 4);
        } else if (strcmp(line, "paste") == 0) {
            paste(client);
        }
        puts("done");
        fflush(stdout);
    }
    rfbClientCleanup(client);
    return 0;
}
