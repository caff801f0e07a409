// Package deverr is the device's error catalogue: what a number like 2097187 that a device or tool prints stands for, why
// it came about and what to do. It also names the error numbers of the C library, for `armillary explain`.
//
// A device error has a category and an id; tools print them combined, category<<20 | id, or as category.id
// (facts/manifest.md 4.2, facts/device_errors.tsv). Numbers and names are those of the catalogues that came with the
// vendor's log parser for OS 22.07 to 24.06; texts and remedies are ours.
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
	OS           string // OS versions that know it, "22.07-24.06" or "22.07"; empty where it does not depend on the OS
	Text         string // what has happened; never empty in what this package returns
	Help         string // what to do; never empty in what this package returns
	Internal     bool   // no cause outside the device is known, and Text is but the name in words
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

// Lookup returns the entry of a combined number: of the newest OS, where the name has changed. Of libcurl's numbers,
// category 21, it knows those that devices meet.
func Lookup(code int) (Error, bool) {
	if all := find(code); len(all) > 0 {
		return all[0], true
	}
	if category, id := Split(code); category == curlCategory {
		return lookupCurl(id)
	}
	return Error{}, false
}

// Versions returns every entry of a combined number, newest OS first: a few numbers were given another name, and some
// another meaning, after OS 22.07.
func Versions(code int) []Error { return slices.Clone(find(code)) }

// find is the part of the catalogue that has a number.
func find(code int) []Error {
	all := entries()
	from, _ := slices.BinarySearchFunc(all, code, func(e Error, code int) int { return e.Code() - code })
	to := from
	for to < len(all) && all[to].Code() == code {
		to++
	}
	return all[from:to]
}

// Named returns the entries with a name, in any case, by number; several categories may use the same name. A name may
// be told apart as the device's log does it, "AppManifestError::InvalidJson".
func Named(name string) []Error {
	class, bare, qualified := strings.Cut(strings.TrimSpace(name), "::")
	if !qualified {
		class, bare = "", class
	}
	var found []Error
	for _, e := range entries() {
		if strings.EqualFold(e.Name, bare) && (!qualified || strings.EqualFold(Class(e.Category), class)) {
			found = append(found, e)
		}
	}
	for _, c := range curlErrors {
		if strings.EqualFold(c.name, bare) && !qualified {
			found = append(found, c.entry())
		}
	}
	return found
}

// ByName returns the first entry of those that Named finds.
func ByName(name string) (Error, bool) {
	if all := Named(name); len(all) > 0 {
		return all[0], true
	}
	return Error{}, false
}

// All returns the catalogue, sorted by category and id; a number with several names has its newest first.
func All() []Error { return slices.Clone(entries()) }

// Parse reads a device error as people and tools write it: "2097187", "0x200023", "2.35", "2:35", a name of the
// catalogue, or a name or id behind its category's class, "CurlError::7". The number need not be in the catalogue.
func Parse(s string) (code int, err error) {
	s = strings.TrimSpace(s)
	if n, ok := ParseNumber(s); ok {
		return n, nil
	}
	if i := strings.IndexAny(s, ".:"); i >= 0 {
		c, errC := strconv.ParseUint(s[:i], 10, 11)
		id, errID := strconv.ParseUint(s[i+1:], 10, 20)
		if errC == nil && errID == nil {
			return Code(int(c), int(id)), nil
		}
	}
	if class, id, ok := strings.Cut(s, "::"); ok {
		if n, err := strconv.ParseUint(id, 10, 20); err == nil {
			for _, c := range categories {
				if strings.EqualFold(c.class, class) {
					return Code(c.number, int(n)), nil
				}
			}
		}
	}
	if e, ok := ByName(s); ok {
		return e.Code(), nil
	}
	return 0, fmt.Errorf("%q is no device error; write it as 2097187, 0x200023, 2.35 or RequestedPeripheralsRequireSamePin", s)
}

// ParseNumber reads a number below 2^31 in decimal or, behind 0x, in hexadecimal.
func ParseNumber(s string) (n int, ok bool) {
	base := 10
	if len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		s, base = s[2:], 16
	}
	u, err := strconv.ParseUint(s, base, 31)
	return int(u), err == nil
}
