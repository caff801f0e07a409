package analysis

import (
	"strings"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/manifest"
	"armillary.dev/device/project"
	"armillary.dev/device/rule"
)

// TokenType says what a token means; the grammar of JSON knows strings and numbers only.
type TokenType uint8

// Types of tokens. TokenTypes has their names in this order.
const (
	PropertyToken TokenType = iota // a key that the format has
	ClassToken                     // a capability
	NameToken                      // a peripheral's name
	ValueToken                     // one value out of a fixed set: a controller, a GPIO, a power control
	TypeToken                      // a type of peripherals
	AppToken                       // the id of an app or a tenant
	HostToken                      // a host
)

// TokenTypes are the names of the types in the language server protocol.
var TokenTypes = [...]string{"property", "class", "variable", "enumMember", "type", "macro", "namespace"}

// TokenModifier says more about a token; a set of bits.
type TokenModifier uint8

// Modifiers of tokens. TokenModifiers has their names in this order.
const (
	DeclarationToken TokenModifier = 1 << iota // the place where a name is given
	ReadonlyToken                              // a name that stands for a value
)

// TokenModifiers are the names of the modifiers in the language server protocol.
var TokenModifiers = [...]string{"declaration", "readonly"}

// A Token is a word that means something. It lies on one line and is not empty.
type Token struct {
	Span rule.Span // of a string its content
	Type TokenType
	Mods TokenModifier
}

// Tokens returns the tokens that touch a part of the file, in order and without overlaps.
func (f *File) Tokens(within rule.Span) []Token {
	t := tokenizer{within: within, tokens: []Token{}}
	switch f.Kind {
	case project.Manifest:
		t.manifest(f.FileReport.File.Root)
	case project.Definition:
		t.definition(f.FileReport.File.Root)
	}
	return t.tokens
}

// tokenizer collects tokens.
type tokenizer struct {
	within rule.Span
	tokens []Token
}

// add makes a token of a key or a scalar.
func (t *tokenizer) add(n *jsonc.Node, typ TokenType, mods TokenModifier) {
	if n == nil || n.Kind == jsonc.Array || n.Kind == jsonc.Object || n.Kind == jsonc.Missing || n.Kind == jsonc.Invalid {
		return
	}
	at := content(n)
	if at.Start >= at.End || at.End < t.within.Start || at.Start > t.within.End || len(t.tokens) == maxItems {
		return
	}
	if last := len(t.tokens) - 1; last >= 0 && at.Start < t.tokens[last].Span.End {
		return
	}
	t.tokens = append(t.tokens, Token{at, typ, mods})
}

// outside reports whether nothing of a node can be asked for.
func (t *tokenizer) outside(n *jsonc.Node) bool {
	at := n.Whole()
	return at.End < t.within.Start || at.Start > t.within.End
}

func (t *tokenizer) manifest(root *jsonc.Node) {
	for _, n := range root.Children {
		if t.outside(n) {
			continue
		}
		t.add(n.Key, PropertyToken, 0)
		switch n.Name() {
		case "ComponentId":
			t.guid(n)
		case "ApplicationType":
			t.add(n, ValueToken, 0)
		case "Capabilities":
			if n.Kind == jsonc.Object {
				for _, c := range n.Children {
					t.capability(c)
				}
			}
		}
	}
}

func (t *tokenizer) capability(n *jsonc.Node) {
	c := manifest.LookupCapability(n.Name())
	if c == nil || t.outside(n) {
		return
	}
	t.add(n.Key, ClassToken, 0)
	if c.Shape == manifest.Tenant {
		t.guid(n)
	}
	if n.Kind == jsonc.Object {
		for _, m := range n.Children {
			t.add(m.Key, PropertyToken, 0)
		}
		return
	}
	for _, e := range n.Children {
		text, isText := e.Str()
		switch {
		case c.IsPeripheral() && strings.HasPrefix(text, "$"):
			t.add(e, NameToken, ReadonlyToken)
		case c.Shape == manifest.GPIOs && e.Kind == jsonc.Number, (c.Shape == manifest.Units || c.Shape == manifest.Powers) && isText:
			t.add(e, ValueToken, 0)
		case c.Shape == manifest.Apps:
			t.guid(e)
		case c.Shape == manifest.Hosts && isText:
			t.add(e, HostToken, 0)
		}
	}
}

// guid marks an id, if it is one.
func (t *tokenizer) guid(n *jsonc.Node) {
	if s, ok := n.Str(); ok && manifest.IsGUID(s) {
		t.add(n, AppToken, 0)
	}
}

func (t *tokenizer) definition(root *jsonc.Node) {
	for _, n := range root.Children {
		if t.outside(n) {
			continue
		}
		t.add(n.Key, PropertyToken, 0)
		switch {
		case n.Kind == jsonc.Object:
			t.keys(n)
		case n.Kind == jsonc.Array && (n.Name() == "Imports" || n.Name() == "Peripherals"):
			for _, e := range n.Children {
				if e.Kind == jsonc.Object && !t.outside(e) {
					t.keys(e)
				}
			}
		}
	}
}

// keys marks the members of an object of a definition: its keys, and what a peripheral's values mean.
func (t *tokenizer) keys(object *jsonc.Node) {
	peripheral := object.Parent.Kind == jsonc.Array && object.Parent.Name() == "Peripherals"
	for _, n := range object.Children {
		t.add(n.Key, PropertyToken, 0)
		if !peripheral {
			continue
		}
		switch n.Name() {
		case "Name":
			t.add(n, NameToken, DeclarationToken|ReadonlyToken)
		case "Mapping":
			t.add(n, NameToken, ReadonlyToken)
		case "Type":
			if text, _ := n.Str(); text == hwdef.Int || hwdef.Controllers(text) != nil || text == hwdef.Gpio {
				t.add(n, TypeToken, 0)
			}
		case "AppManifestValue":
			t.add(n, ValueToken, 0)
		}
	}
}
