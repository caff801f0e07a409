// Blinks an LED at one of three rates. Button A goes to the next rate; button B asks for a pin that the manifest does
// not list, to show what a refusal looks like. Ends on SIGTERM, or after the number of blinks given as its argument.

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>

#include <applibs/eventloop.h>
#include <applibs/log.h>
#include <hw/sample_appliance.h>

#include "blinker.h"
#include "exit_code.h"
#include "timer.h"

static const unsigned int buttonPollMs = 50;

static volatile sig_atomic_t exitCode = ExitCode_Running;

static EventLoop *eventLoop = NULL;
static Timer *blinkTimer = NULL;
static Timer *buttonTimer = NULL;
static Blinker blinker;

static void OnTerminate(int signal)
{
    (void)signal;
    exitCode = ExitCode_Success;
}

// Runs at every half period of the LED.
static void OnBlink(Timer *timer, void *context)
{
    Blinker *b = context;
    if (Blinker_Toggle(b) != 0) {
        Log_Debug("ERROR: cannot drive the LED: %s (%d)\n", strerror(errno), errno);
        exitCode = ExitCode_Led;
        return;
    }
    if (b->phase == Phase_On) {
        Log_Debug("%s: blink %u at %u ms\n", b->name, b->blinks, Blinker_Period(b));
    }
    if (b->limit != 0 && b->blinks >= b->limit && b->phase == Phase_Off) {
        Log_Debug("%s: done after %u blinks\n", b->name, b->blinks);
        exitCode = ExitCode_Success;
    }
    (void)timer;
}

// Asks for a pin that app_manifest.json does not list, says what came of it, and goes on.
static void TryUnlistedPin(Blinker *b)
{
    Pin alarm = Pin_Of("alarm", SAMPLE_ALARM_LED);
    if (Pin_OpenOutput(&alarm) == 0) {
        Log_Debug("%s: GPIO %d opened, so the manifest lists it\n", b->name, alarm.gpio);
        Pin_Close(&alarm);
        return;
    }
    b->stats.refusals++;
    b->stats.lastErrno = errno;
    Log_Debug("%s: GPIO %d refused: %s (%d)\n", b->name, alarm.gpio, strerror(errno), errno);
}

// Looks at both buttons. They pull their line low while pressed.
static void OnButtonPoll(Timer *timer, void *context)
{
    Blinker *b = context;
    for (size_t i = 0; i < BLINKER_BUTTONS; i++) {
        bool pressed = false;
        if (Pin_WasPressed(&b->buttons[i], &pressed) != 0) {
            Log_Debug("ERROR: cannot read button %s: %s (%d)\n", b->buttons[i].name, strerror(errno), errno);
            exitCode = ExitCode_Button;
            return;
        }
        if (!pressed) {
            continue;
        }
        b->stats.presses++;
        if (i == 0) {
            Blinker_NextRate(b);
            Log_Debug("%s: rate %u, %u ms\n", b->name, (unsigned int)b->rate, Blinker_Period(b));
            if (Timer_SetPeriod(blinkTimer, Blinker_Period(b)) != 0) {
                exitCode = ExitCode_Timer;
            }
        } else {
            TryUnlistedPin(b);
        }
    }
    (void)timer;
}

static ExitCode SetUp(unsigned int limit)
{
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_handler = OnTerminate;
    sigaction(SIGTERM, &action, NULL);

    ExitCode result = Blinker_Init(&blinker, "blink", limit);
    if (result != ExitCode_Running) {
        return result;
    }
    eventLoop = EventLoop_Create();
    if (eventLoop == NULL) {
        Log_Debug("ERROR: no event loop: %s (%d)\n", strerror(errno), errno);
        return ExitCode_EventLoop;
    }
    blinkTimer = Timer_Create(eventLoop, Blinker_Period(&blinker), OnBlink, &blinker);
    buttonTimer = Timer_Create(eventLoop, buttonPollMs, OnButtonPoll, &blinker);
    if (blinkTimer == NULL || buttonTimer == NULL) {
        Log_Debug("ERROR: no timer: %s (%d)\n", strerror(errno), errno);
        return ExitCode_Timer;
    }
    return ExitCode_Running;
}

static void TearDown(void)
{
    Timer_Destroy(buttonTimer);
    Timer_Destroy(blinkTimer);
    if (eventLoop != NULL) {
        EventLoop_Close(eventLoop);
    }
    Blinker_Close(&blinker);
}

// The first argument, a number of blinks; 0, for ever, without one.
static unsigned int BlinkLimit(int argc, char *argv[])
{
    unsigned int limit = 0;
    if (argc > 1) {
        for (const char *c = argv[1]; *c >= '0' && *c <= '9'; c++) {
            limit = limit * 10 + (unsigned int)(*c - '0');
        }
    }
    return limit;
}

int main(int argc, char *argv[])
{
    Log_Debug("blink: starting\n");
    exitCode = SetUp(BlinkLimit(argc, argv));

    while (exitCode == ExitCode_Running) {
        EventLoop_Run_Result result = EventLoop_Run(eventLoop, -1, true);
        if (result == EventLoop_Run_Failed && errno != EINTR) {
            Log_Debug("ERROR: the event loop failed: %s (%d)\n", strerror(errno), errno);
            exitCode = ExitCode_EventLoop;
        }
    }

    TearDown();
    Log_Debug("blink: exit code %d\n", (int)exitCode);
    return exitCode;
}
