package jsonc

// Code says what is wrong.
type Code uint8

// Codes. Those up to BadUTF8 leave no doubt about what is meant; from there on the tree is a guess.
const (
	Comment       Code = iota // // or /* */
	TrailingComma             // [1, 2, ]
	BOM                       // a byte order mark before the text
	DuplicateKey              // Related is the earlier member's key
	BadUTF8                   // the text is in another encoding; reported once, at the first wrong byte

	MissingComma   // Start is where it belongs
	MissingColon   // likewise
	MissingValue   // after the colon, or after a key alone
	MissingKey     // a value in an object without its key
	MissingQuote   // a string that does not end on its line; End is where the quote belongs
	MissingClose   // braces and brackets, as in Insert; Start is where they belong, Related the innermost one that they would close
	MissingComment // a block comment that does not end
	UnquotedKey    // {key: 1}
	SingleQuote    // 'text'
	BadEscape      // "\q"
	BadControl     // a raw control character inside a string
	BadNumber      // 08, 1., 0x10
	BadValue       // text that is no JSON value
	ExtraComma     // [1,,2]
	Garbage        // what cannot be here: a stray bracket, text after the end
	TooDeep        // more than MaxDepth levels
	Empty          // nothing but white space and comments

	Codes = int(Empty) + 1 // how many codes there are
)

// Tolerated reports whether the text can be read without guessing in spite of the error.
func (c Code) Tolerated() bool { return c <= BadUTF8 }

// Error is one thing that is wrong, and where.
type Error struct {
	Code       Code
	Start, End int    // End may equal Start where something is missing
	Msg        string // for people; without a place, without a full stop
	Insert     string // what is missing at Start, where inserting it mends the text: "," `"` "]"
	Related    Span   // see the codes; else empty
}
