// What the app's exit code means.

#pragma once

typedef enum {
    ExitCode_Running = -1,
    ExitCode_Success = 0,
    ExitCode_Memory = 1,
    ExitCode_Led = 2,
    ExitCode_Button = 3,
    ExitCode_Timer = 4,
    ExitCode_EventLoop = 5,
} ExitCode;
