#include "blinker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <applibs/log.h>
#include <hw/sample_appliance.h>

static const unsigned int defaultPeriodMs[BLINKER_RATES] = {500, 250, 125};

Pin Pin_Of(const char *name, GPIO_Id gpio)
{
    Pin pin;
    pin.name = name;
    pin.gpio = gpio;
    pin.fd = -1;
    pin.level = GPIO_Value_High;
    return pin;
}

int Pin_OpenOutput(Pin *pin)
{
    pin->level = GPIO_Value_High;
    pin->fd = GPIO_OpenAsOutput(pin->gpio, GPIO_OutputMode_PushPull, pin->level);
    return pin->fd < 0 ? -1 : 0;
}

static int OpenInput(Pin *pin)
{
    pin->fd = GPIO_OpenAsInput(pin->gpio);
    return pin->fd < 0 ? -1 : GPIO_GetValue(pin->fd, &pin->level);
}

int Pin_WasPressed(Pin *pin, bool *outPressed)
{
    GPIO_Value_Type now;
    if (GPIO_GetValue(pin->fd, &now) != 0) {
        return -1;
    }
    *outPressed = now == GPIO_Value_Low && pin->level == GPIO_Value_High;
    pin->level = now;
    return 0;
}

void Pin_Close(Pin *pin)
{
    if (pin->fd >= 0) {
        close(pin->fd);
        pin->fd = -1;
    }
}

ExitCode Blinker_Init(Blinker *blinker, const char *name, unsigned int limit)
{
    memset(blinker, 0, sizeof(*blinker));
    snprintf(blinker->name, sizeof(blinker->name), "%s", name);
    blinker->phase = Phase_Off;
    blinker->limit = limit;
    for (size_t i = 0; i < BLINKER_RATES; i++) {
        blinker->periodMs[i] = defaultPeriodMs[i];
    }

    blinker->led = Pin_Of("LED", SAMPLE_LED);
    if (Pin_OpenOutput(&blinker->led) != 0) {
        Log_Debug("ERROR: cannot open the LED, GPIO %d: %s (%d)\n", blinker->led.gpio, strerror(errno), errno);
        return ExitCode_Led;
    }

    blinker->buttons = malloc(BLINKER_BUTTONS * sizeof(Pin));
    if (blinker->buttons == NULL) {
        return ExitCode_Memory;
    }
    blinker->buttons[0] = Pin_Of("A", SAMPLE_BUTTON_A);
    blinker->buttons[1] = Pin_Of("B", SAMPLE_BUTTON_B);
    for (size_t i = 0; i < BLINKER_BUTTONS; i++) {
        Pin *button = &blinker->buttons[i];
        if (OpenInput(button) != 0) {
            Log_Debug("ERROR: cannot open button %s, GPIO %d: %s (%d)\n", button->name, button->gpio, strerror(errno), errno);
            return ExitCode_Button;
        }
    }
    return ExitCode_Running;
}

int Blinker_Toggle(Blinker *blinker)
{
    blinker->phase = blinker->phase == Phase_On ? Phase_Off : Phase_On;
    blinker->led.level = blinker->phase == Phase_On ? GPIO_Value_Low : GPIO_Value_High;
    if (blinker->phase == Phase_On) {
        blinker->blinks++;
    }
    return GPIO_SetValue(blinker->led.fd, blinker->led.level);
}

unsigned int Blinker_Period(const Blinker *blinker)
{
    return blinker->periodMs[blinker->rate];
}

void Blinker_NextRate(Blinker *blinker)
{
    blinker->rate = (blinker->rate + 1) % BLINKER_RATES;
}

void Blinker_Close(Blinker *blinker)
{
    if (blinker->buttons != NULL) {
        for (size_t i = 0; i < BLINKER_BUTTONS; i++) {
            Pin_Close(&blinker->buttons[i]);
        }
        free(blinker->buttons);
        blinker->buttons = NULL;
    }
    Pin_Close(&blinker->led);
}
