#include <applibs/gpio.h>
#include <hw/board.h>

// Lights the lamp while the switch pulls its line low.
int main(void)
{
    int lamp = GPIO_OpenAsOutput(LAMP, GPIO_OutputMode_PushPull, GPIO_Value_Low);
    int button = GPIO_OpenAsInput(SWITCH);
    GPIO_Value_Type value;

    while (lamp >= 0 && GPIO_GetValue(button, &value) == 0) {
        GPIO_SetValue(lamp, value == GPIO_Value_Low ? GPIO_Value_High : GPIO_Value_Low);
    }
    return 1;
}
