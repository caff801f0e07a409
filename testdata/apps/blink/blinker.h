// An LED that blinks at one of several rates, and the buttons that steer it.

#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <applibs/gpio.h>

#include "exit_code.h"

#define BLINKER_RATES 3
#define BLINKER_BUTTONS 2

typedef enum {
    Phase_Off,
    Phase_On,
} Phase;

// A pin with its descriptor, -1 while it is not open.
typedef struct {
    const char *name;
    GPIO_Id gpio;
    int fd;
    GPIO_Value_Type level;
} Pin;

typedef struct {
    char name[16];
    Phase phase;
    Pin led;
    Pin *buttons; // BLINKER_BUTTONS of them
    unsigned int periodMs[BLINKER_RATES];
    size_t rate; // index into periodMs
    unsigned int blinks;
    unsigned int limit; // of blinks, 0 for none
    struct {
        unsigned int presses;
        unsigned int refusals;
        int lastErrno;
    } stats;
} Blinker;

// A pin that is not open.
Pin Pin_Of(const char *name, GPIO_Id gpio);

// Opens an output, off: LEDs are on while their line is low. -1 with errno.
int Pin_OpenOutput(Pin *pin);

// Says whether the button went down since the last call.
int Pin_WasPressed(Pin *pin, bool *outPressed);

// Closes a pin that is open.
void Pin_Close(Pin *pin);

// Opens the LED and the buttons; ExitCode_Running when all is well.
ExitCode Blinker_Init(Blinker *blinker, const char *name, unsigned int limit);

// Turns the LED on or off and counts.
int Blinker_Toggle(Blinker *blinker);

// The present half period in milliseconds.
unsigned int Blinker_Period(const Blinker *blinker);

void Blinker_NextRate(Blinker *blinker);

void Blinker_Close(Blinker *blinker);
