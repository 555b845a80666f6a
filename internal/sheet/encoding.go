package sheet

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// bom is the byte order mark of UTF-8.
var bom = []byte("\xef\xbb\xbf")

// sniff detects the format of a file by its first bytes.
func sniff(start []byte) (Format, error) {
	switch {
	case len(start) == 0:
		return "", broken(0, "", "the file is empty")
	case bytes.HasPrefix(start, []byte("PK\x03\x04")):
		return XLSX, nil
	case bytes.HasPrefix(start, []byte("\xd0\xcf\x11\xe0")):
		return "", broken(0, "", "this is an old Excel file or a protected one: save it without a password as .xlsx or as CSV")
	case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")):
		return "", broken(0, "", "the text is in UTF-16: save it as CSV UTF-8")
	case bytes.IndexByte(start, 0) >= 0:
		return "", broken(0, "", "this is no text: it has NUL bytes")
	}
	return CSV, nil
}

// detect detects the encoding of a whole text. It is UTF-8 if all of it is valid. Otherwise
// it is GB18030 if that has fewer damaged letters, unless the damage to UTF-8 is small.
// Rows that do not fit the detected encoding are bad rows, and those that would open something new if it was guessed.
func detect(r io.Reader) (Encoding, error) {
	room := make([]byte, 64<<10)
	var letters, damaged int // letters of more than one byte, and invalid bytes
	var other chinese
	begun, kept := false, 0
	for {
		n, err := io.ReadFull(r, room[kept:])
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return "", err
		}
		other.read(room[kept : kept+n])
		b, last := room[:kept+n], err != nil
		if !begun && bytes.HasPrefix(b, bom) {
			return UTF8BOM, nil
		}
		begun = true
		for len(b) > 0 && (last || utf8.FullRune(b)) {
			if b[0] < utf8.RuneSelf {
				b = b[ascii(b):]
				continue
			}
			c, size := utf8.DecodeRune(b)
			if c == utf8.RuneError && size == 1 {
				damaged++
			} else {
				letters++
			}
			b = b[size:]
		}
		kept = copy(room, b)
		if last {
			break
		}
	}
	// By chance a third of the bytes of Chinese in GB18030 look like UTF-8.
	if small := damaged*8 <= letters; !small && other.damage() < damaged {
		return GB18030, nil
	}
	return UTF8, nil
}

// chinese counts the invalid parts of a text as GB18030.
type chinese struct {
	state   byte // bytes of the present letter so far; 2 is the first half of four
	damaged int
}

func (c *chinese) read(b []byte) {
	for len(b) > 0 {
		if c.state == 0 {
			if b = b[ascii(b):]; len(b) == 0 {
				return
			}
		}
		c.step(b[0])
		b = b[1:]
	}
}

func (c *chinese) step(b byte) {
	lead, digit := b >= 0x81 && b <= 0xfe, b >= '0' && b <= '9'
	switch {
	case c.state == 0 && lead:
		c.state = 1
	case c.state == 1 && digit:
		c.state = 2
	case c.state == 1 && b >= 0x40 && b != 0x7f && b != 0xff:
		c.state = 0
	case c.state == 2 && lead:
		c.state = 3
	case c.state == 3 && digit:
		c.state = 0
	default:
		c.damaged++
		c.state = 0
	}
}

// damage is the number of invalid letters.
func (c *chinese) damage() int {
	if c.state != 0 {
		return c.damaged + 1 // cut off at the end
	}
	return c.damaged
}

// ascii returns how many bytes at the start of b are ASCII.
func ascii(b []byte) int {
	for i, c := range b {
		if c >= utf8.RuneSelf {
			return i
		}
	}
	return len(b)
}

// decoders read the encodings other than UTF-8.
var decoders = map[Encoding]encoding.Encoding{
	GB18030: simplifiedchinese.GB18030, "windows-1252": charmap.Windows1252, "windows-1251": charmap.Windows1251,
	"shift_jis": japanese.ShiftJIS, "big5": traditionalchinese.Big5, "macintosh": charmap.Macintosh,
}

// decoded returns the text of r as UTF-8, without a byte order mark.
func decoded(r io.Reader, e Encoding) io.Reader {
	if d := decoders[e]; d != nil {
		return d.NewDecoder().Reader(r)
	}
	return &unmarked{r: r}
}

// unmarked removes a byte order mark at the start.
type unmarked struct {
	r     io.Reader
	begun bool
	ahead []byte
}

// Read implements io.Reader.
func (u *unmarked) Read(p []byte) (int, error) {
	if !u.begun {
		u.begun = true
		start := make([]byte, len(bom))
		n, err := io.ReadFull(u.r, start)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return 0, err
		}
		if !bytes.Equal(start[:n], bom) {
			u.ahead = start[:n]
		}
	}
	if len(u.ahead) > 0 {
		n := copy(p, u.ahead)
		u.ahead = u.ahead[n:]
		return n, nil
	}
	return u.r.Read(p)
}
