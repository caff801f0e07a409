// The board on the bench.

// This file is generated from ../../board.json. Do not edit it directly.

#pragma once
#include "mt3620.h"

// Lit while the line is high
#define LAMP MT3620_GPIO8

// Low while pressed
#define SWITCH MT3620_GPIO12

// Sounds while the line is high
#define BUZZER MT3620_GPIO16

