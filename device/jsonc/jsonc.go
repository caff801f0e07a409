// Package jsonc reads JSON as people type it: Parse never fails, but gives a tree with byte positions and a list of what
// is wrong. Comments, trailing commas, a byte order mark and duplicate keys are read and reported; a missing comma, quote,
// colon, value, brace or bracket is reported where it belongs and read as if it were there, so that the rest of the
// file keeps its meaning while one line of it is being written.
//
// Reading takes linear time, and depth is limited (MaxDepth). On valid JSON the tree says what encoding/json says; of
// duplicate keys the last one counts, as there.
//
// The package is pure and knows nothing of manifests, hardware definitions or editors. All offsets are bytes; Lines
// converts them at the edge.
package jsonc

import (
	"strconv"
	"strings"
)

// MaxDepth is how many objects and arrays may be nested. What lies deeper is skipped with one error.
const MaxDepth = 512

// Kind of a node.
type Kind uint8

// Kinds. Missing is the value that is not there yet, as after the colon of `{"a": }`; its span is empty. Invalid is
// text that is no JSON value.
const (
	Missing Kind = iota
	Invalid
	Null
	Bool
	Number
	String
	Array
	Object
)

func (k Kind) String() string {
	return [...]string{"nothing", "invalid text", "null", "boolean", "number", "string", "array", "object"}[k]
}

// Node is a value, or the key of a member.
type Node struct {
	Kind       Kind
	Unclosed   bool // a string without its closing quote, a container without its closing bracket
	Start, End int  // byte offsets; a string's include the quotes
	Index      int  // place among Parent.Children
	Parent     *Node
	Key        *Node   // of a member of an object: its key, a String (Invalid if unquoted, Missing if absent); else nil
	Children   []*Node // elements of an array, values of an object's members, in order
	text       string
}

// File is a parsed text.
type File struct {
	Src      string     // the text as it was given
	Root     *Node      // never nil; Kind Missing if the text holds nothing
	Errors   []Error    // sorted by place; the first 1,000 of each code
	Dropped  [Codes]int // how many errors of each code there are beyond those
	Comments []Span     // sorted by place
}

// Span is a half-open range of byte offsets.
type Span struct{ Start, End int }

// Text returns a string's decoded value, or the literal as written for everything else that is no container.
func (n *Node) Text() string {
	if n == nil {
		return ""
	}
	return n.text
}

// Str returns the decoded value of a string.
func (n *Node) Str() (string, bool) {
	if n == nil || n.Kind != String {
		return "", false
	}
	return n.text, true
}

// Bool returns the value of true or false.
func (n *Node) Bool() (value, ok bool) {
	if n == nil || n.Kind != Bool {
		return false, false
	}
	return n.text == "true", true
}

// Int returns the value of a number that is a whole one: 8, and also 8.0 and 8e0.
func (n *Node) Int() (int64, bool) {
	if n == nil || n.Kind != Number {
		return 0, false
	}
	if v, err := strconv.ParseInt(n.text, 10, 64); err == nil {
		return v, true
	}
	f, err := strconv.ParseFloat(n.text, 64)
	if err != nil || f != float64(int64(f)) || f > 1<<53 || f < -1<<53 {
		return 0, false
	}
	return int64(f), true
}

// Name returns the decoded key of a member, "" for everything else.
func (n *Node) Name() string {
	if n == nil || n.Key == nil {
		return ""
	}
	return n.Key.text
}

// Member returns the value of an object's member; the last one if the key occurs more than once; nil if there is none.
func (n *Node) Member(key string) *Node {
	if n == nil || n.Kind != Object {
		return nil
	}
	for i := len(n.Children) - 1; i >= 0; i-- {
		if c := n.Children[i]; c.Key.text == key && c.Key.Kind != Missing {
			return c
		}
	}
	return nil
}

// Get follows keys from object to object; nil if there is no such value.
func (n *Node) Get(keys ...string) *Node {
	for _, k := range keys {
		n = n.Member(k)
	}
	return n
}

// Whole returns the span of a member from its key to the end of its value; of any other node its own.
func (n *Node) Whole() Span {
	if n.Key != nil {
		return Span{n.Key.Start, max(n.End, n.Key.End)}
	}
	return Span{n.Start, n.End}
}

// Pointer returns the node's JSON pointer (RFC 6901), "" for the root. A key has the pointer of its value.
func (n *Node) Pointer() string {
	if n == nil || n.Parent == nil {
		return ""
	}
	return string(n.appendPointer(nil))
}

func (n *Node) appendPointer(b []byte) []byte {
	if n.Parent == nil {
		return b
	}
	b = append(n.Parent.appendPointer(b), '/')
	switch {
	case n.Parent.Kind == Array:
		return strconv.AppendInt(b, int64(n.Index), 10)
	case n.Key == nil: // the node is a key itself
		return append(b, EscapePointer(n.text)...)
	}
	return append(b, EscapePointer(n.Key.text)...)
}

// EscapePointer writes a key as one step of a JSON pointer.
func EscapePointer(key string) string {
	if !strings.ContainsAny(key, "~/") {
		return key
	}
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
}

// Lookup returns the node that a JSON pointer names, or nil.
func (f *File) Lookup(pointer string) *Node {
	n := f.Root
	if pointer == "" {
		return n
	}
	if pointer[0] != '/' {
		return nil
	}
	for step := range strings.SplitSeq(pointer[1:], "/") {
		switch n.Kind {
		case Object:
			if strings.Contains(step, "~") {
				step = strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~")
			}
			n = n.Member(step)
		case Array:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(n.Children) || strconv.Itoa(i) != step {
				return nil
			}
			n = n.Children[i]
		default:
			return nil
		}
		if n == nil {
			return nil
		}
	}
	return n
}

// Raw returns a node as it is written.
func (f *File) Raw(n *Node) string { return f.Src[n.Start:n.End] }
