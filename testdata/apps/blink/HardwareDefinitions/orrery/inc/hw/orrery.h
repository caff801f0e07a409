/* Part of armillary, an open development kit for Azure Sphere. Apache-2.0. */

// The Orrery board: an MT3620 with two LEDs, two buttons and a serial header.

// This file is generated from ../../orrery.json. Do not edit it directly.

#pragma once
#include "mt3620.h"

// Red LED, on while the line is low
#define ORRERY_LED_RED MT3620_GPIO8

// Green LED, on while the line is low
#define ORRERY_LED_GREEN MT3620_GPIO9

// Button A, pulls the line low while pressed
#define ORRERY_BUTTON_A MT3620_GPIO12

// Button B, pulls the line low while pressed
#define ORRERY_BUTTON_B MT3620_GPIO13

// Serial header H1
#define ORRERY_SERIAL MT3620_ISU0_UART

