/* Part of armillary, an open development kit for Azure Sphere. Apache-2.0. */

// The MediaTek MT3620 itself: every peripheral that a manifest can name, by the names that board definitions import.

// This file is generated from ../../mt3620.json. Do not edit it directly.

#pragma once

// GPIO 0, package pin 13; shares it with PWM0.ch0
#define MT3620_GPIO0 (0)

// GPIO 1, package pin 14; shares it with PWM0.ch1
#define MT3620_GPIO1 (1)

// GPIO 2, package pin 15; shares it with PWM0.ch2
#define MT3620_GPIO2 (2)

// GPIO 3, package pin 16; shares it with PWM0.ch3
#define MT3620_GPIO3 (3)

// GPIO 4, package pin 17; shares it with PWM1.ch0
#define MT3620_GPIO4 (4)

// GPIO 5, package pin 18; shares it with PWM1.ch1
#define MT3620_GPIO5 (5)

// GPIO 6, package pin 19; shares it with PWM1.ch2
#define MT3620_GPIO6 (6)

// GPIO 7, package pin 20; shares it with PWM1.ch3
#define MT3620_GPIO7 (7)

// GPIO 8, package pin 21; shares it with PWM2.ch0
#define MT3620_GPIO8 (8)

// GPIO 9, package pin 22; shares it with PWM2.ch1
#define MT3620_GPIO9 (9)

// GPIO 10, package pin 25; shares it with PWM2.ch2
#define MT3620_GPIO10 (10)

// GPIO 11, package pin 26; shares it with PWM2.ch3
#define MT3620_GPIO11 (11)

// GPIO 12, package pin 27
#define MT3620_GPIO12 (12)

// GPIO 13, package pin 28
#define MT3620_GPIO13 (13)

// GPIO 14, package pin 29
#define MT3620_GPIO14 (14)

// GPIO 15, package pin 30
#define MT3620_GPIO15 (15)

// GPIO 16, package pin 31
#define MT3620_GPIO16 (16)

// GPIO 17, package pin 32
#define MT3620_GPIO17 (17)

// GPIO 18, package pin 33
#define MT3620_GPIO18 (18)

// GPIO 19, package pin 34
#define MT3620_GPIO19 (19)

// GPIO 20, package pin 35
#define MT3620_GPIO20 (20)

// GPIO 21, package pin 36
#define MT3620_GPIO21 (21)

// GPIO 22, package pin 37
#define MT3620_GPIO22 (22)

// GPIO 23, package pin 38
#define MT3620_GPIO23 (23)

// GPIO 26, package pin 39; shares it with SPI0.SCLK, UART0.TXD
#define MT3620_GPIO26 (26)

// GPIO 27, package pin 40; shares it with SPI0.MOSI, UART0.RTS, I2C0.SCL
#define MT3620_GPIO27 (27)

// GPIO 28, package pin 42; shares it with SPI0.MISO, UART0.RXD, I2C0.SDA
#define MT3620_GPIO28 (28)

// GPIO 29, package pin 43; shares it with SPI0.CSA, UART0.CTS
#define MT3620_GPIO29 (29)

// GPIO 30, package pin 45; shares it with SPI0.CSB
#define MT3620_GPIO30 (30)

// GPIO 31, package pin 46; shares it with SPI1.SCLK, UART1.TXD
#define MT3620_GPIO31 (31)

// GPIO 32, package pin 47; shares it with SPI1.MOSI, UART1.RTS, I2C1.SCL
#define MT3620_GPIO32 (32)

// GPIO 33, package pin 48; shares it with SPI1.MISO, UART1.RXD, I2C1.SDA
#define MT3620_GPIO33 (33)

// GPIO 34, package pin 49; shares it with SPI1.CSA, UART1.CTS
#define MT3620_GPIO34 (34)

// GPIO 35, package pin 50; shares it with SPI1.CSB
#define MT3620_GPIO35 (35)

// GPIO 36, package pin 51; shares it with SPI2.SCLK, UART2.TXD
#define MT3620_GPIO36 (36)

// GPIO 37, package pin 52; shares it with SPI2.MOSI, UART2.RTS, I2C2.SCL
#define MT3620_GPIO37 (37)

// GPIO 38, package pin 53; shares it with SPI2.MISO, UART2.RXD, I2C2.SDA
#define MT3620_GPIO38 (38)

// GPIO 39, package pin 54; shares it with SPI2.CSA, UART2.CTS
#define MT3620_GPIO39 (39)

// GPIO 40, package pin 55; shares it with SPI2.CSB
#define MT3620_GPIO40 (40)

// GPIO 41, package pin 58; shares it with ADC0.ch0
#define MT3620_GPIO41 (41)

// GPIO 42, package pin 59; shares it with ADC0.ch1
#define MT3620_GPIO42 (42)

// GPIO 43, package pin 60; shares it with ADC0.ch2
#define MT3620_GPIO43 (43)

// GPIO 44, package pin 61; shares it with ADC0.ch3
#define MT3620_GPIO44 (44)

// GPIO 45, package pin 62; shares it with ADC0.ch4
#define MT3620_GPIO45 (45)

// GPIO 46, package pin 63; shares it with ADC0.ch5
#define MT3620_GPIO46 (46)

// GPIO 47, package pin 64; shares it with ADC0.ch6
#define MT3620_GPIO47 (47)

// GPIO 48, package pin 65; shares it with ADC0.ch7
#define MT3620_GPIO48 (48)

// GPIO 56, package pin 101; shares it with I2S0.TX
#define MT3620_GPIO56 (56)

// GPIO 57, package pin 102; shares it with I2S0.MCLK
#define MT3620_GPIO57 (57)

// GPIO 58, package pin 103; shares it with I2S0.FS
#define MT3620_GPIO58 (58)

// GPIO 59, package pin 104; shares it with I2S0.RX
#define MT3620_GPIO59 (59)

// GPIO 60, package pin 105; shares it with I2S0.BCLK
#define MT3620_GPIO60 (60)

// GPIO 61, package pin 108; shares it with I2S1.TX
#define MT3620_GPIO61 (61)

// GPIO 62, package pin 109; shares it with I2S1.MCLK
#define MT3620_GPIO62 (62)

// GPIO 63, package pin 110; shares it with I2S1.FS
#define MT3620_GPIO63 (63)

// GPIO 64, package pin 111; shares it with I2S1.RX
#define MT3620_GPIO64 (64)

// GPIO 65, package pin 112; shares it with I2S1.BCLK
#define MT3620_GPIO65 (65)

// GPIO 66, package pin 113; shares it with SPI3.SCLK, UART3.TXD
#define MT3620_GPIO66 (66)

// GPIO 67, package pin 114; shares it with SPI3.MOSI, UART3.RTS, I2C3.SCL
#define MT3620_GPIO67 (67)

// GPIO 68, package pin 115; shares it with SPI3.MISO, UART3.RXD, I2C3.SDA
#define MT3620_GPIO68 (68)

// GPIO 69, package pin 116; shares it with SPI3.CSA, UART3.CTS
#define MT3620_GPIO69 (69)

// GPIO 70, package pin 117; shares it with SPI3.CSB
#define MT3620_GPIO70 (70)

// GPIO 71, package pin 119; shares it with SPI4.SCLK, UART4.TXD
#define MT3620_GPIO71 (71)

// GPIO 72, package pin 120; shares it with SPI4.MOSI, UART4.RTS, I2C4.SCL
#define MT3620_GPIO72 (72)

// GPIO 73, package pin 122; shares it with SPI4.MISO, UART4.RXD, I2C4.SDA
#define MT3620_GPIO73 (73)

// GPIO 74, package pin 123; shares it with SPI4.CSA, UART4.CTS
#define MT3620_GPIO74 (74)

// GPIO 75, package pin 124; shares it with SPI4.CSB
#define MT3620_GPIO75 (75)

// GPIO 80, on no package pin
#define MT3620_GPIO80 (80)

// PWM controller 0: its channels are GPIO 0 to 3, and it takes all four
#define MT3620_PWM_CONTROLLER0 (0)

// PWM controller 1: its channels are GPIO 4 to 7, and it takes all four
#define MT3620_PWM_CONTROLLER1 (1)

// PWM controller 2: its channels are GPIO 8 to 11, and it takes all four
#define MT3620_PWM_CONTROLLER2 (2)

// Channel 0 of a PWM controller; not for the manifest
#define MT3620_PWM_CHANNEL0 (0)

// Channel 1 of a PWM controller; not for the manifest
#define MT3620_PWM_CHANNEL1 (1)

// Channel 2 of a PWM controller; not for the manifest
#define MT3620_PWM_CHANNEL2 (2)

// Channel 3 of a PWM controller; not for the manifest
#define MT3620_PWM_CHANNEL3 (3)

// ADC controller 0: its channels are GPIO 41 to 48, and it takes all eight
#define MT3620_ADC_CONTROLLER0 (0)

// Channel 0 of the ADC controller, GPIO 41; not for the manifest
#define MT3620_ADC_CHANNEL0 (0)

// Channel 1 of the ADC controller, GPIO 42; not for the manifest
#define MT3620_ADC_CHANNEL1 (1)

// Channel 2 of the ADC controller, GPIO 43; not for the manifest
#define MT3620_ADC_CHANNEL2 (2)

// Channel 3 of the ADC controller, GPIO 44; not for the manifest
#define MT3620_ADC_CHANNEL3 (3)

// Channel 4 of the ADC controller, GPIO 45; not for the manifest
#define MT3620_ADC_CHANNEL4 (4)

// Channel 5 of the ADC controller, GPIO 46; not for the manifest
#define MT3620_ADC_CHANNEL5 (5)

// Channel 6 of the ADC controller, GPIO 47; not for the manifest
#define MT3620_ADC_CHANNEL6 (6)

// Channel 7 of the ADC controller, GPIO 48; not for the manifest
#define MT3620_ADC_CHANNEL7 (7)

// ISU 0 as I2C: SCL GPIO 27, SDA GPIO 28; takes the whole ISU
#define MT3620_ISU0_I2C (0)

// ISU 1 as I2C: SCL GPIO 32, SDA GPIO 33; takes the whole ISU
#define MT3620_ISU1_I2C (1)

// ISU 2 as I2C: SCL GPIO 37, SDA GPIO 38; takes the whole ISU
#define MT3620_ISU2_I2C (2)

// ISU 3 as I2C: SCL GPIO 67, SDA GPIO 68; takes the whole ISU
#define MT3620_ISU3_I2C (3)

// ISU 4 as I2C: SCL GPIO 72, SDA GPIO 73; takes the whole ISU
#define MT3620_ISU4_I2C (4)

// ISU 0 as SPI: SCLK GPIO 26, MOSI GPIO 27, MISO GPIO 28, CSA GPIO 29, CSB GPIO 30; takes the whole ISU
#define MT3620_ISU0_SPI (0)

// ISU 1 as SPI: SCLK GPIO 31, MOSI GPIO 32, MISO GPIO 33, CSA GPIO 34, CSB GPIO 35; takes the whole ISU
#define MT3620_ISU1_SPI (1)

// ISU 2 as SPI: SCLK GPIO 36, MOSI GPIO 37, MISO GPIO 38, CSA GPIO 39, CSB GPIO 40; takes the whole ISU
#define MT3620_ISU2_SPI (2)

// ISU 3 as SPI: SCLK GPIO 66, MOSI GPIO 67, MISO GPIO 68, CSA GPIO 69, CSB GPIO 70; takes the whole ISU
#define MT3620_ISU3_SPI (3)

// ISU 4 as SPI: SCLK GPIO 71, MOSI GPIO 72, MISO GPIO 73, CSA GPIO 74, CSB GPIO 75; takes the whole ISU
#define MT3620_ISU4_SPI (4)

// Chip select A of an SPI interface; not for the manifest
#define MT3620_SPI_CS_A (-1)

// Chip select B of an SPI interface; not for the manifest
#define MT3620_SPI_CS_B (-2)

// ISU 0 as UART: TXD GPIO 26, RTS GPIO 27, RXD GPIO 28, CTS GPIO 29; takes the whole ISU
#define MT3620_ISU0_UART (4)

// ISU 1 as UART: TXD GPIO 31, RTS GPIO 32, RXD GPIO 33, CTS GPIO 34; takes the whole ISU
#define MT3620_ISU1_UART (5)

// ISU 2 as UART: TXD GPIO 36, RTS GPIO 37, RXD GPIO 38, CTS GPIO 39; takes the whole ISU
#define MT3620_ISU2_UART (6)

// ISU 3 as UART: TXD GPIO 66, RTS GPIO 67, RXD GPIO 68, CTS GPIO 69; takes the whole ISU
#define MT3620_ISU3_UART (7)

// ISU 4 as UART: TXD GPIO 71, RTS GPIO 72, RXD GPIO 73, CTS GPIO 74; takes the whole ISU
#define MT3620_ISU4_UART (8)

