/* Part of armillary, an open development kit for Azure Sphere. Apache-2.0. */

// What the samples need, as the Orrery board has it.

// This file is generated from ../../sample_appliance.json. Do not edit it directly.

#pragma once
#include "orrery.h"

// The LED that blinks
#define SAMPLE_LED ORRERY_LED_RED

// A second LED
#define SAMPLE_ALARM_LED ORRERY_LED_GREEN

// Goes to the next rate
#define SAMPLE_BUTTON_A ORRERY_BUTTON_A

// Tries the second LED
#define SAMPLE_BUTTON_B ORRERY_BUTTON_B

