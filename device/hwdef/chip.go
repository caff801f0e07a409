// Package hwdef knows the MT3620's pins and what shares them, and the boards that SDKs ship; reads hardware definitions (the
// JSON files that give peripherals names), follows a manifest's $NAME through imports and mappings to the value that the
// device takes, and says which requests of one app collide on a pin. It holds definitions against their rules, writes their
// C headers, ports them to other boards and says what is still free.
//
// A hardware definition is a menu and a manifest the order: two names for one pin are nothing to complain about until a
// manifest asks for both (facts/manifest.md 2.4).
//
// The package is pure: files come through a function. It must not know manifests beyond the names of their
// fields, nor editors or CMake.
package hwdef

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Types of peripherals, which are also the manifest's capability fields; Int is a constant for the C header alone.
const (
	Gpio              = "Gpio"
	Uart              = "Uart"
	I2cMaster         = "I2cMaster"
	SpiMaster         = "SpiMaster"
	Pwm               = "Pwm"
	Adc               = "Adc"
	I2sSubordinate    = "I2sSubordinate"    // not in definitions: real-time apps name it in the manifest
	ExternalInterrupt = "ExternalInterrupt" // likewise
	Int               = "int"
)

// Block is a group of pins that belongs to one core, or to one controller that takes it whole (facts/manifest.md 2.4).
type Block struct {
	Name        string // "GPIO_GROUP0", "ISU0", "ADC0"
	First, Last int    // GPIO numbers
	Controller  string // what can claim the whole block: "PWM-CONTROLLER-0", "ISU0"; "" for plain GPIOs
}

// blocks are sorted by pin.
var blocks = [...]Block{
	{"GPIO_GROUP0", 0, 3, "PWM-CONTROLLER-0"},
	{"GPIO_GROUP1", 4, 7, "PWM-CONTROLLER-1"},
	{"GPIO_GROUP2", 8, 11, "PWM-CONTROLLER-2"},
	{"GPIO_GROUP3", 12, 15, ""},
	{"GPIO_GROUP4", 16, 19, ""},
	{"GPIO_GROUP5", 20, 23, ""},
	{"ISU0", 26, 30, "ISU0"},
	{"ISU1", 31, 35, "ISU1"},
	{"ISU2", 36, 40, "ISU2"},
	{"ADC0", 41, 48, "ADC-CONTROLLER-0"},
	{"I2S0", 56, 60, "I2S0"},
	{"I2S1", 61, 65, "I2S1"},
	{"ISU3", 66, 70, "ISU3"},
	{"ISU4", 71, 75, "ISU4"},
	{"GPIO80", 80, 80, ""},
}

// BlockOf returns the block of a GPIO; ok is false for a number that the MT3620 does not have.
func BlockOf(gpio int) (b Block, ok bool) {
	for _, b := range blocks {
		if gpio >= b.First && gpio <= b.Last {
			return b, true
		}
	}
	return Block{}, false
}

// packagePins are the pins of the package by GPIO; 0 is a GPIO that the data sheet does not name (facts/mt3620_pins.tsv).
var packagePins = [...]int{
	0: 13, 1: 14, 2: 15, 3: 16, 4: 17, 5: 18, 6: 19, 7: 20, 8: 21, 9: 22, 10: 25, 11: 26,
	12: 27, 13: 28, 14: 29, 15: 30, 16: 31, 17: 32, 18: 33, 19: 34, 20: 35, 21: 36, 22: 37, 23: 38,
	26: 39, 27: 40, 28: 42, 29: 43, 30: 45, 31: 46, 32: 47, 33: 48, 34: 49, 35: 50, 36: 51, 37: 52, 38: 53, 39: 54, 40: 55,
	41: 58, 42: 59, 43: 60, 44: 61, 45: 62, 46: 63, 47: 64, 48: 65,
	56: 101, 57: 102, 58: 103, 59: 104, 60: 105, 61: 108, 62: 109, 63: 110, 64: 111, 65: 112,
	66: 113, 67: 114, 68: 115, 69: 116, 70: 117, 71: 119, 72: 120, 73: 122, 74: 123, 75: 124,
	80: 0,
}

// Roles of a block's pins beside GPIO, in order of the pins (facts/manifest.md 2.3).
var (
	isuRoles = [...]string{"SPI.SCLK|UART.TXD", "SPI.MOSI|UART.RTS|I2C.SCL", "SPI.MISO|UART.RXD|I2C.SDA", "SPI.CSA|UART.CTS", "SPI.CSB"}
	i2sRoles = [...]string{"TX", "MCLK", "FS", "RX", "BCLK"}
)

// Pin is one GPIO and what else its pin can be.
type Pin struct {
	GPIO      int
	Package   int // pin number of the package; 0 if the data sheet has none
	Block     Block
	Functions []string // "GPIO26", "SPI0.SCLK", "UART0.TXD"
	Interrupt string   // "EINT5" for a pin that can raise an external interrupt, else ""
}

// PinOf describes a GPIO; ok is false for a number that the MT3620 does not have.
func PinOf(gpio int) (p Pin, ok bool) {
	b, ok := BlockOf(gpio)
	if !ok {
		return Pin{}, false
	}
	at := gpio - b.First
	p = Pin{GPIO: gpio, Package: packagePins[gpio], Block: b, Functions: []string{"GPIO" + strconv.Itoa(gpio)}}
	if gpio <= 23 {
		p.Interrupt = "EINT" + strconv.Itoa(gpio)
	}
	switch c := b.Controller; {
	case strings.HasPrefix(c, "ISU"):
		for role := range strings.SplitSeq(isuRoles[at], "|") {
			unit, line, _ := strings.Cut(role, ".")
			p.Functions = append(p.Functions, unit+c[len("ISU"):]+"."+line)
		}
	case strings.HasPrefix(c, "I2S"):
		p.Functions = append(p.Functions, c+"."+i2sRoles[at])
	case c != "":
		p.Functions = append(p.Functions, c+".ch"+strconv.Itoa(at))
	}
	return p, true
}

// GPIOs returns all GPIO numbers of the MT3620, ascending.
func GPIOs() []int {
	var all []int
	for _, b := range blocks {
		for n := b.First; n <= b.Last; n++ {
			all = append(all, n)
		}
	}
	return all
}

// names of the controllers that a field may list, in order.
var controllers = map[string][]string{
	Uart:              {"ISU0", "ISU1", "ISU2", "ISU3", "ISU4"},
	I2cMaster:         {"ISU0", "ISU1", "ISU2", "ISU3", "ISU4"},
	SpiMaster:         {"ISU0", "ISU1", "ISU2", "ISU3", "ISU4"},
	Pwm:               {"PWM-CONTROLLER-0", "PWM-CONTROLLER-1", "PWM-CONTROLLER-2"},
	Adc:               {"ADC-CONTROLLER-0"},
	I2sSubordinate:    {"I2S0", "I2S1"},
	ExternalInterrupt: interrupts(),
}

func interrupts() []string {
	all := make([]string, 24)
	for i := range all {
		all[i] = "EINT" + strconv.Itoa(i)
	}
	return all
}

// Controllers returns what a peripheral field of the manifest may list: ISU0 to ISU4 for Uart. The result must not be
// changed. It is empty for Gpio, which lists numbers, and for what is no peripheral field.
func Controllers(field string) []string { return controllers[field] }

// Span returns the pins that a controller takes, given the field it is listed in; ok is false for an unknown one.
func Span(field, controller string) (first, last int, ok bool) {
	if !slices.Contains(controllers[field], controller) {
		return 0, 0, false
	}
	if n, isInterrupt := strings.CutPrefix(controller, "EINT"); isInterrupt {
		gpio, _ := strconv.Atoi(n)
		return gpio, gpio, true
	}
	for _, b := range blocks {
		if b.Controller == controller {
			return b.First, b.Last, true
		}
	}
	return 0, 0, false
}

// ChipFile is the name under which definitions import the chip's own.
const ChipFile = "mt3620.json"

// Chip returns the definition of the MT3620 itself, which boards import as mt3620.json: a name for every GPIO, controller
// and constant (facts/manifest.md 2.3). It has no text, so its peripherals have no place. It must not be changed.
var Chip = sync.OnceValue(func() *Definition {
	d := &Definition{Path: ChipFile, Name: "MT3620", Embedded: true, Top: []string{notice, "",
		"// The MediaTek MT3620 itself: every peripheral that a manifest can name, by the names that boards import."}}
	add := func(name, typ string, header int, value Value, comment string) {
		d.Peripherals = append(d.Peripherals, &Peripheral{
			Name: name, Type: typ, HeaderValue: "(" + strconv.Itoa(header) + ")", Value: value, Comment: comment, File: d,
		})
	}
	for _, n := range GPIOs() {
		p, _ := PinOf(n)
		add("MT3620_GPIO"+strconv.Itoa(n), Gpio, n, Value{Text: strconv.Itoa(n), Number: true}, strings.Join(p.Functions, ", "))
	}
	list := func(typ, prefix, suffix string, offset int) {
		for i, c := range controllers[typ] {
			first, last, _ := Span(typ, c)
			add(prefix+strconv.Itoa(i)+suffix, typ, i+offset, Value{Text: c}, c+", GPIO "+strconv.Itoa(first)+" to "+strconv.Itoa(last))
		}
	}
	list(Pwm, "MT3620_PWM_CONTROLLER", "", 0)
	list(Adc, "MT3620_ADC_CONTROLLER", "", 0)
	list(I2cMaster, "MT3620_ISU", "_I2C", 0)
	list(SpiMaster, "MT3620_ISU", "_SPI", 0)
	list(Uart, "MT3620_ISU", "_UART", uartOffset)
	for i := range 4 {
		add("MT3620_PWM_CHANNEL"+strconv.Itoa(i), Int, i, Value{}, "PWM channel, for the C code alone")
	}
	for i := range 8 {
		add("MT3620_ADC_CHANNEL"+strconv.Itoa(i), Int, i, Value{}, "ADC channel, for the C code alone")
	}
	add("MT3620_SPI_CS_A", Int, -1, Value{}, "SPI chip select A, for the C code alone")
	add("MT3620_SPI_CS_B", Int, -2, Value{}, "SPI chip select B, for the C code alone")
	return d
})

// uartOffset is what the C header adds to an ISU's number where it is a UART: MT3620_ISU0_UART is 4.
const uartOffset = 4
