package sheet

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// keptDigits is how many digits of a number a spreadsheet keeps and shows.
const keptDigits = 15

// formats are the number formats of a workbook: that of each style, and where its dates begin.
type formats struct {
	styles []string
	epoch  time.Time
}

// Days count from here, in workbooks that say nothing and in those of the old Macintosh. Excel takes 1900 for a leap
// year, so the days before March 1900 are one later than the first says; nobody's stock is as old.
var (
	epoch1900 = time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC)
	epoch1904 = time.Date(1904, time.January, 1, 0, 0, 0, 0, time.UTC)
)

// builtIn are the formats that have a number and no text (ECMA-376 part 1, §18.8.30), those among them that show
// anything but digits.
var builtIn = map[int]string{
	2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 14: "m/d/yy", 15: "d-mmm-yy",
	16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "m/d/yy h:mm",
	37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00", 41: "#,##0", 42: "#,##0", 43: "#,##0.00", 44: "#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0",
}

// maxStyles bounds the styles of a workbook; Excel has at most 65,490.
const maxStyles = 1 << 16

// readFormats reads the styles of a workbook. A workbook without styles shows all numbers as they are.
func readFormats(w *workbook, name string, from1904 bool) (*formats, error) {
	f := &formats{epoch: epoch1900}
	if from1904 {
		f.epoch = epoch1904
	}
	if name == "" {
		return f, nil
	}
	own := map[string]string{}
	inside := false
	err := w.walk(name, func(e element) bool {
		switch e.name {
		case "numFmt":
			if len(own) < maxStyles {
				own[e.attribute("numFmtId")] = e.attribute("formatCode")
			}
		case "cellXfs":
			inside = true
		case "cellStyles", "cellStyleXfs", "dxfs":
			inside = false
		case "xf":
			if inside && len(f.styles) < maxStyles {
				f.styles = append(f.styles, e.attribute("numFmtId"))
			}
		}
		return true
	})
	for i, id := range f.styles {
		code, known := own[id]
		if n, _ := strconv.Atoi(id); !known {
			code = builtIn[n]
			if n >= 27 && n <= 36 || n >= 50 && n <= 58 {
				code = "yyyy-m-d" // those of Chinese, Japanese and Korean: all are dates or times
			}
		}
		f.styles[i] = code
	}
	return f, err
}

// number is a number as the workbook shows it by a style, in a form that reads the same everywhere, and what it is.
func (f *formats) number(text, style string) (string, kind) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return text, plain // no number: the column refuses it
	}
	if math.Abs(v) >= 1e15 {
		return strconv.FormatFloat(v, 'E', keptDigits-1, 64), lost
	}
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'e', keptDigits-1, 64), 64) // 0.1+0.2 is 0.3 there
	all := strconv.FormatFloat(v, 'f', -1, 64)
	n, err := strconv.Atoi(style)
	if err != nil || n < 0 || n >= len(f.styles) {
		return all, digits
	}
	shows := section(f.styles[n], v)
	code := readFormat(shows)
	switch {
	case shows == "" && f.styles[n] != "":
		return all, hidden
	case code.date:
		return f.date(v), date
	case code.percent:
		return strconv.FormatFloat(v*100, 'f', -1, 64) + "%", percent
	case code.scaled:
		return all, percent
	case code.general:
		return all, digits
	}
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(all, "-"), ".")
	switch {
	case code.exponent && !hasDigits(v, code.decimals), code.quotient && fraction != "":
		return all, rounded
	case !code.exponent && len(fraction) > code.decimals:
		return all, rounded
	case len(whole) < code.least && !strings.HasPrefix(all, "-") && fraction == "":
		return strings.Repeat("0", code.least-len(whole)) + whole, figure
	case code.adorned || code.decimals > 0:
		return all, figure
	}
	return all, digits
}

// hasDigits reports that a number has no more digits behind its first one.
func hasDigits(v float64, n int) bool {
	shown, err := strconv.ParseFloat(strconv.FormatFloat(v, 'e', n, 64), 64)
	return err == nil && shown == v
}

// text is what a text is by a style: a format may have a part for texts, which hides it or puts another one in its place.
func (f *formats) text(style string) kind {
	if n, err := strconv.Atoi(style); err == nil && n >= 0 && n < len(f.styles) {
		if all := split(f.styles[n]); len(all) == 4 && !strings.Contains(all[3], "@") {
			return hidden
		}
	}
	return plain
}

// date is the day of a number, with the time if there is one. Below 1 it is a time without a day.
func (f *formats) date(v float64) string {
	if v < 0 || v > 2_958_465 { // 9999-12-31
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	at := f.epoch.Add(time.Duration(math.Round(math.Mod(v, 1)*86_400_000))*time.Millisecond).AddDate(0, 0, int(v))
	switch {
	case v < 1:
		return at.Format("15:04:05")
	case v == math.Trunc(v):
		return at.Format(time.DateOnly)
	}
	return at.Format(time.RFC3339Nano)
}

// section is the part of a format that shows the number: formats have up to four, for positive and negative numbers,
// for zero and for texts.
func section(code string, v float64) string {
	all := split(code)
	switch {
	case v < 0 && len(all) > 1:
		return all[1]
	case v == 0 && len(all) > 2:
		return all[2]
	}
	return all[0]
}

// split cuts a format at the semicolons that are not quoted.
func split(code string) []string {
	all := []string{""}
	quoted := false
	for i := 0; i < len(code); i++ {
		last := &all[len(all)-1]
		switch c := code[i]; {
		case c == '"':
			quoted = !quoted
			*last += `"`
		case c == '\\' && i+1 < len(code):
			*last += code[i : i+2]
			i++
		case c == ';' && !quoted:
			all = append(all, "")
		default:
			*last += code[i : i+1]
		}
	}
	return all
}

// numberFormat is what a section of a number format does to a number.
type numberFormat struct {
	general, date, percent, scaled bool
	adorned                        bool // shows more than digits and a point
	least                          int  // digits before the point that are always shown
	decimals                       int
	exponent, quotient             bool
}

// readFormat reads a section. Whatever it does not know adorns the number.
func readFormat(code string) (n numberFormat) {
	const general = "general"
	if code == "" || code == "@" || strings.EqualFold(code, general) {
		n.general = true
		return n
	}
	if len(code) > len(general) && strings.EqualFold(code[:len(general)], general) {
		return numberFormat{adorned: true, decimals: keptDigits}
	}
	pointed, comma := false, false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				end = len(code) - i - 2
			}
			n.adorned = n.adorned || end > 0
			i += end + 1
		case '\\':
			n.adorned, i = true, i+1
		case '_', '*': // room, and what fills it
			i++
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				end = len(code) - i - 1
			}
			in := strings.ToLower(code[i+1 : i+end])
			n.date = n.date || in != "" && strings.Trim(in, "hms") == ""
			n.adorned = n.adorned || strings.HasPrefix(in, "$") && !strings.HasPrefix(in, "$-")
			i += end
		case '%':
			n.percent = true
		case 'E', 'e':
			if i+1 < len(code) && (code[i+1] == '+' || code[i+1] == '-') {
				n.exponent, n.adorned, i = true, true, i+1
			} else {
				n.date = true // the year of an era
			}
		case '/':
			n.quotient, n.adorned = true, true
		case 'y', 'Y', 'm', 'M', 'd', 'D', 'h', 'H', 's', 'S', 'g', 'G', 'b', 'B':
			n.date = true
		case '.':
			pointed = true
		case '0', '#', '?':
			if comma && !pointed {
				n.adorned, comma = true, false
			}
			switch {
			case pointed:
				n.decimals++
			case c == '0':
				n.least++
			}
		case ',':
			comma = true
		case ' ', '-', '+', '(', ')':
			n.adorned = n.adorned || c != ' '
		default:
			n.adorned = true
		}
	}
	n.scaled = comma && !n.date // a comma behind the digits divides by a thousand
	return n
}
