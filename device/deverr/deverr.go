// Package deverr is the device's error catalogue: what a number like 2097187 that a device or tool prints stands for, why
// it came about and what to do. It also names the error numbers of the C library, for `armillary explain`.
//
// A device error has a category and an id; tools print them combined, category<<20 | id, or as category.id
// (facts/manifest.md 4.2, facts/device_errors.tsv).
//
// The package is pure and knows no manifest, no REST and no emulator.
package deverr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Error is one entry of the device's catalogue.
type Error struct {
	Category, ID int
	Name         string // "RequestedPeripheralsRequireSamePin"; in words where the device's own name is not known
	OS           string // OS versions that know it, "22.07-24.06"
	Text         string // what has happened; never empty in what this package returns
	Help         string // what to do; may be empty
}

// Code combines category and id into the number that tools print.
func Code(category, id int) int { return category<<20 | id }

// Split takes a number apart.
func Split(code int) (category, id int) { return code >> 20, code & (1<<20 - 1) }

// Code returns the combined number.
func (e Error) Code() int { return Code(e.Category, e.ID) }

// Short returns category and id, "2.35".
func (e Error) Short() string { return Short(e.Code()) }

// String returns one line: "device error 2.35 (2097187) RequestedPeripheralsRequireSamePin".
func (e Error) String() string {
	return fmt.Sprintf("device error %s (%d) %s", e.Short(), e.Code(), e.Name)
}

// Short writes a combined number as category and id, "2.35".
func Short(code int) string {
	c, id := Split(code)
	return strconv.Itoa(c) + "." + strconv.Itoa(id)
}

// categories are the catalogue's parts: name and what it is about (facts/manifest.md 4.2).
var categories = map[int][2]string{
	3:  {"lifetime manager", "apps' lives and debugging"},
	4:  {"mounter", "mounting images"},
	10: {"REST service", "requests to the device's REST service"},
	13: {"Wi-Fi", "Wi-Fi networks"},
	15: {"HTTP", "addresses and bodies of requests"},
	16: {"staging", "staging images"},
	30: {"network configuration", "network interfaces"},
	37: {"certificate store", "certificates"},
	1:  {"app_manager_error", "starting, stopping and installing apps"},
	2:  {"app_manifest_error", "the app manifest"},
	5:  {"peripheral_error", "GPIOs and peripherals"},
	6:  {"permissions_error", "users, rights and storage quota"},
	7:  {"image_update_error", "staging, verifying and installing images"},
	14: {"rest_app_error", "the app endpoints of the device's REST service"},
}

// Category returns the catalogue's name of a category and what it is about; "" for one that is not in the table.
func Category(n int) (name, about string) {
	c := categories[n]
	return c[0], c[1]
}

// Lookup returns the entry of a combined number.
func Lookup(code int) (Error, bool) {
	for _, table := range [][]Error{catalogue[:], further[:]} {
		if i, ok := slices.BinarySearchFunc(table, code, func(e Error, code int) int { return e.Code() - code }); ok {
			return complete(table[i]), true
		}
	}
	return Error{}, false
}

// ByName returns the entry with a name, in any case.
func ByName(name string) (Error, bool) {
	for _, e := range All() {
		if strings.EqualFold(e.Name, name) {
			return e, true
		}
	}
	return Error{}, false
}

// All returns the catalogue, sorted by category and id.
func All() []Error {
	all := slices.Concat(catalogue[:], further[:])
	slices.SortFunc(all, func(a, b Error) int { return a.Code() - b.Code() })
	for i := range all {
		all[i] = complete(all[i])
	}
	return all
}

// complete gives an entry without a text of its own the words of its name.
func complete(e Error) Error {
	if e.Text != "" {
		return e
	}
	var b strings.Builder
	for i, r := range e.Name {
		upper := r >= 'A' && r <= 'Z'
		if upper && i > 0 && (!isUpper(e.Name, i-1) || i+1 < len(e.Name) && !isUpper(e.Name, i+1)) {
			b.WriteByte(' ')
		}
		if upper && i > 0 && i+1 < len(e.Name) && !isUpper(e.Name, i+1) {
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	b.WriteString(".")
	e.Text = b.String()
	return e
}

func isUpper(s string, i int) bool { return i < len(s) && s[i] >= 'A' && s[i] <= 'Z' }

// Parse reads a device error as people and tools write it: "2097187", "0x200023", "2.35", or a name of the catalogue.
// The number need not be in the catalogue.
func Parse(s string) (code int, err error) {
	s = strings.TrimSpace(s)
	if c, id, ok := strings.Cut(s, "."); ok {
		a, errA := strconv.ParseUint(c, 10, 11)
		b, errB := strconv.ParseUint(id, 10, 20)
		if errA == nil && errB == nil {
			return Code(int(a), int(b)), nil
		}
	} else if n, err := strconv.ParseUint(s, 0, 31); err == nil {
		return int(n), nil
	} else if e, ok := ByName(s); ok {
		return e.Code(), nil
	}
	return 0, fmt.Errorf("%q is no device error; write it as 2097187, 0x200023, 2.35 or RequestedPeripheralsRequireSamePin", s)
}
