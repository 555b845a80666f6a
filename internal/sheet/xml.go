package sheet

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// maxToken bounds one piece of a workbook's XML: a tag, or the text of a cell,
// of which Excel allows 32,767 characters.
const maxToken = 1 << 20

// element is a start tag.
type element struct {
	name       string
	attributes []xml.Attr
}

func (e element) attribute(name string) string {
	for _, a := range e.attributes {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// xmlReader reads a part piece by piece. Document types, and with them
// entities, are refused.
type xmlReader struct {
	part  io.ReadCloser
	limit *limited
	dec   *xml.Decoder
}

func newXML(part io.ReadCloser) *xmlReader {
	l := &limited{r: part}
	return &xmlReader{part: part, limit: l, dec: xml.NewDecoder(l)}
}

// next returns the next token: an element, its text, or its end.
func (x *xmlReader) next() (xml.Token, error) {
	for {
		x.limit.left = maxToken
		token, err := x.dec.RawToken()
		switch {
		case errors.Is(err, io.EOF):
			return nil, io.EOF
		case errors.Is(err, errTooLong):
			return nil, broken(0, "", "the workbook has a cell or a tag of more than %d bytes", maxToken)
		case err != nil:
			return nil, broken(0, "", "the workbook is damaged: %s", clip(err.Error()))
		}
		switch token.(type) {
		case xml.Directive:
			return nil, broken(0, "", "the workbook has a document type, which is not read")
		case xml.StartElement, xml.EndElement, xml.CharData:
			return token, nil
		}
	}
}

func (x *xmlReader) close() { _ = x.part.Close() } // it was only read

// walk calls fn with the elements of a part until it returns false. A missing part has no
// elements.
func (w *workbook) walk(name string, fn func(element) bool) error {
	part, err := w.part(name)
	if part == nil || err != nil {
		return err
	}
	x := newXML(part)
	defer x.close()
	for {
		token, err := x.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if e, ok := token.(xml.StartElement); ok && !fn(element{e.Name.Local, e.Attr}) {
			return nil
		}
	}
}

// text reads the content of the present element, up to its end, without the elements
// named by leaveOut.
func (x *xmlReader) text(leaveOut string) (string, error) {
	var b strings.Builder
	depth, skipped := 1, 0
	for depth > 0 {
		token, err := x.next()
		if errors.Is(err, io.EOF) {
			return "", broken(0, "", "the workbook is damaged: it ends inside a cell")
		}
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.StartElement:
			depth++
			if skipped == 0 && t.Name.Local == leaveOut {
				skipped = depth
			}
		case xml.EndElement:
			if depth == skipped {
				skipped = 0
			}
			depth--
		case xml.CharData:
			if skipped == 0 {
				if b.Len()+len(t) > maxToken {
					return "", broken(0, "", "the workbook has a cell of more than %d bytes", maxToken)
				}
				b.Write(t)
			}
		}
	}
	return unmasked(b.String()), nil
}

// unmasked turns _x0009_, which workbooks write for a character that XML does not allow,
// into the character.
func unmasked(s string) string {
	const size = len("_x0000_")
	at := strings.Index(s, "_x")
	if at < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if i+size <= len(s) && s[i] == '_' && s[i+1] == 'x' && s[i+6] == '_' {
			if c, ok := hex4(s[i+2 : i+6]); ok && utf8.ValidRune(c) {
				b.WriteRune(c)
				i += size
				continue
			}
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}

func hex4(s string) (rune, bool) {
	var n rune
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			n = n<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			n = n<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			n = n<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return n, true
}
