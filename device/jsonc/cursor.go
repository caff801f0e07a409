package jsonc

import (
	"sort"
	"strings"
)

// Place says where in its container a cursor is.
type Place uint8

// Places.
const (
	Outside   Place = iota // before or after the root
	Between                // in an object or array, where a new member or element could begin
	AtKey                  // in or at the edge of a key
	AtValue                // in or at the edge of a value, or behind the colon where it belongs
	InComment              // in a comment
)

// Cursor is what lies at an offset.
type Cursor struct {
	Offset    int
	Place     Place
	Node      *Node // AtKey, AtValue: the value of the member or the element (its Key is the key); Between: the container; else nil
	Container *Node // the innermost object or array around the offset; nil at the root
	Index     int   // Between: how many of the container's children come before the offset
}

// Pointer returns the JSON pointer of what the cursor is at: the member or element, or the container it is between.
func (c Cursor) Pointer() string { return c.Node.Pointer() }

// PathAt returns what lies at an offset. A cursor right before or behind a key or a scalar is at it; one right before
// a bracket's opening is not inside.
func (f *File) PathAt(offset int) Cursor {
	c := Cursor{Offset: offset}
	if i := sort.Search(len(f.Comments), func(i int) bool { return f.Comments[i].Start >= offset }) - 1; i >= 0 {
		if s := f.Comments[i]; offset < s.End || offset == s.End && f.Src[s.Start+1] == '/' {
			c.Place = InComment
			return c
		}
	}
	n := f.Root
	if offset < n.Start || offset > n.End || n.Kind == Missing {
		return c
	}
	c.Place, c.Node = AtValue, n
	for n.inside(offset) {
		c.Container = n
		at := f.childAt(n, offset)
		if at == nil {
			c.Place, c.Node = Between, n
			c.Index = sort.Search(len(n.Children), func(i int) bool { return n.Children[i].Whole().Start >= offset })
			return c
		}
		c.Node = at
		if at.Key != nil && at.Key.Kind != Missing && offset <= at.Key.End {
			c.Place = AtKey
			return c
		}
		c.Place = AtValue
		n = at
	}
	return c
}

// inside reports whether offset is within the brackets of a container.
func (n *Node) inside(offset int) bool {
	if n.Kind != Object && n.Kind != Array {
		return false
	}
	return offset > n.Start && (offset < n.End || offset == n.End && n.Unclosed)
}

// childAt returns the member or element that holds or touches offset; where two touch, the one behind.
func (f *File) childAt(n *Node, offset int) *Node {
	lo, hi := 0, len(n.Children) // the last child that begins at or before offset
	for lo < hi {
		mid := (lo + hi) / 2
		if n.Children[mid].Whole().Start <= offset {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == 0 {
		return nil
	}
	m := n.Children[lo-1]
	end := m.Whole().End
	if offset <= end {
		return m
	}
	// Behind a colon whose value is not there yet: {"a":   | }
	if m.Kind == Missing && f.Src[end-1] == ':' && strings.Trim(f.Src[end:offset], " \t\r\n") == "" {
		return m
	}
	return nil
}
