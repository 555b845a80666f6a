package sheet

import (
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
)

// The way in which a spreadsheet shows a number decides what its cell is (formats as Excel, LibreOffice and WPS write them).
func TestNumbersAreReadAsTheirFormatShowsThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		format, number string
		shown          string
		is             kind
	}{
		{"", "17", "17", digits},
		{"General", "1.5", "1.5", digits},
		{"General", "4.006381333931E12", "4006381333931", digits},
		{"General", "0.30000000000000004", "0.3", digits},
		{"General", "999999999999999", "999999999999999", digits},
		{"General", "1000000000000000", "1.00000000000000E+15", lost},
		{"General", "-12345678901234567890", "-1.23456789012346E+19", lost},
		{"@", "17", "17", digits},
		{"0", "17", "17", digits},
		{"0", "-17", "-17", digits},
		{"#", "17", "17", digits},
		{"0", "2.7", "2.7", rounded},
		{"0.0", "2.75", "2.75", rounded},
		{"0.00", "2.75", "2.75", figure},
		{"0.00", "3", "3", figure},
		{"00000", "17", "00017", figure},
		{"00000", "123456", "123456", digits},
		{"000-000", "17", "000017", figure},
		{`"A"0`, "17", "17", figure},
		{`0" kg"`, "5", "5", figure},
		{`\A0`, "5", "5", figure},
		{`General" kg"`, "5", "5", figure},
		{"[$€-407]0", "5", "5", figure},
		{"#,##0", "1200", "1200", figure},
		{`_(* #,##0_);_(* \(#,##0\);_(* "-"_);_(@_)`, "1200", "1200", figure},
		{"0,", "5000", "5000", percent},
		{"0.0,,", "5000000", "5000000", percent},
		{"0%", "0.5", "50%", percent},
		{"0.00%", "0.125", "12.5%", percent},
		{"0.00E+00", "1200", "1200", figure},
		{"0.0E+00", "46165", "46165", rounded},
		{"# ?/?", "0.5", "0.5", rounded},
		{"# ?/?", "3", "3", figure},
		{";;;", "5", "5", hidden},
		{"0;0;", "0", "0", hidden},
		{`0;"gone"0`, "-5", "-5", figure},
		{"yyyy\\-mm\\-dd", "46398", "2027-01-11", date},
		{"[$-409]d/mmm/yyyy;@", "46398", "2027-01-11", date},
		{`yyyy"年"m"月"d"日"`, "46398", "2027-01-11", date},
		{"m/d/yy h:mm", "46398.5", "2027-01-11T12:00:00Z", date},
		{"[h]:mm", "0.25", "06:00:00", date},
		{"mmm d, yyyy", "46398", "2027-01-11", date},
		{"General", "many", "many", plain},
	} {
		f := &formats{styles: []string{c.format}, epoch: epoch1900}
		if shown, is := f.number(c.number, "0"); shown != c.shown || is != c.is {
			t.Errorf("%q as %q is %q (%d), want %q (%d)", c.number, c.format, shown, is, c.shown, c.is)
		}
	}
	old := &formats{styles: []string{"yyyy-mm-dd"}, epoch: epoch1904}
	if shown, _ := old.number("44936", "0"); shown != "2027-01-11" {
		t.Errorf("a day of a workbook of the old Macintosh is %s", shown)
	}
}

// styled is a part with the styles: 0 is none, then one for each format.
func styled(formats ...string) part {
	fmts, xfs := "", `<xf numFmtId="0"/>`
	for i, f := range formats {
		fmts += `<numFmt numFmtId="` + itoa(164+i) + `" formatCode="` + strings.ReplaceAll(f, `"`, "&quot;") + `"/>`
		xfs += `<xf numFmtId="` + itoa(164+i) + `"/>`
	}
	return part{"xl/styles.xml", `<styleSheet><numFmts>` + fmts + `</numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs>` + xfs + `<xf numFmtId="14"/><xf numFmtId="9"/></cellXfs></styleSheet>`}
}

// A row is booked as somebody reads it on the screen, or refused with its cell.
func TestCellsAreJudgedByWhatTheyShow(t *testing.T) {
	t.Parallel()
	styles := styled("00000", "yyyy-mm-dd", `0" kg"`, "0") // 1 to 4; 5 is a date of the reader's, 6 a percentage
	for _, c := range []struct {
		name string
		row  string
		why  string
	}{
		{"an id of zeros", `<c s="1"><v>17</v></c><c><v>3</v></c>`, "product_id shows 00017 by its number format"},
		{"an id that is a date", `<c s="2"><v>46082</v></c><c><v>3</v></c>`, "product_id is a date in the workbook (2026-03-01)"},
		{"an id that is a truth value", `<c t="b"><v>1</v></c><c><v>3</v></c>`, "product_id is the truth value TRUE"},
		{"a reason by a format", `<c t="str"><v>a</v></c><c><v>3</v></c><c s="1"><v>46</v></c>`, "reason shows 00046 by its number format"},
		{"a quantity that is a date", `<c t="str"><v>a</v></c><c s="5"><v>45678</v></c>`, "on_hand is a date in the workbook (2025-01-21)"},
		{"a quantity that is a date of the other kind", `<c t="str"><v>a</v></c><c t="d"><v>2026-01-01</v></c>`, "on_hand is a date in the workbook"},
		{"a share", `<c t="str"><v>a</v></c><c s="6"><v>0.5</v></c>`, "on_hand is shown multiplied"},
		{"fewer decimals than there are", `<c t="str"><v>a</v></c><c s="4"><v>2.7</v></c>`, "on_hand shows fewer decimals than it has (2.7)"},
		{"a quantity with its unit", `<c t="str"><v>a</v></c><c s="3"><v>3</v></c>`, ""},
		{"a quantity with zeros", `<c t="str"><v>a</v></c><c s="1"><v>3</v></c>`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			rels := part{"xl/_rels/workbook.xml.rels", strings.Replace(bookRels, "</Relationships>", `<Relationship Id="r4" Type="http://x/styles" Target="styles.xml"/></Relationships>`, 1)}
			head := `<row r="1"><c t="str"><v>product_id</v></c><c t="str"><v>on_hand</v></c><c t="str"><v>reason</v></c></row>`
			sheet := part{"xl/worksheets/one.xml", `<worksheet><sheetData>` + head + `<row r="2">` + c.row + `</row></sheetData></worksheet>`}
			j := h.imports(spec(KindLevels), bookOf(t, part{"_rels/.rels", relsPart}, part{"xl/workbook.xml", bookPart}, rels, styles, sheet))
			r := h.result(j.ID)
			if c.why != "" && (j.Refused != 1 || !strings.Contains(r, c.why)) || c.why == "" && j.Applied != 1 {
				t.Errorf("%+v %v\n%s", j, j.Problem, r)
			}
		})
	}
}

// A date cell is a date where one is meant.
func TestDatesOfAWorkbookAreDates(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.declare("milk", catalog.Unit{})
	h.imports(spec(KindLevels), "product_id,location_id,on_hand\nmilk,dairy,0\n")
	rels := part{"xl/_rels/workbook.xml.rels", strings.Replace(bookRels, "</Relationships>", `<Relationship Id="r4" Type="http://x/styles" Target="styles.xml"/></Relationships>`, 1)}
	rows := `<row r="1"><c t="str"><v>product_id</v></c><c t="str"><v>location_id</v></c><c t="str"><v>lot.batch</v></c><c t="str"><v>lot.expires_at</v></c><c t="str"><v>on_hand</v></c></row>` +
		`<row r="2"><c t="str"><v>milk</v></c><c t="str"><v>dairy</v></c><c t="str"><v>B1</v></c><c s="1"><v>46398</v></c><c><v>3</v></c></row>` +
		`<row r="3"><c t="str"><v>milk</v></c><c t="str"><v>dairy</v></c><c s="1"><v>46398</v></c><c s="1"><v>46398</v></c><c><v>4</v></c></row>`
	sheet := part{"xl/worksheets/one.xml", `<worksheet><sheetData>` + rows + `</sheetData></worksheet>`}
	j := h.imports(spec(KindLots), bookOf(t, part{"_rels/.rels", relsPart}, part{"xl/workbook.xml", bookPart}, rels, styled("d/m/yyyy"), sheet))
	if r := h.result(j.ID); j.Applied != 1 || j.Refused != 1 || !strings.Contains(r, "3,lot.batch,lot.batch is a date in the workbook (2027-01-11)") {
		t.Errorf("%+v %v\n%s", j, j.Problem, r)
	}
	if got, want := h.lotsOf("milk", "dairy"), "loose 0, B1 2027-01-11 3"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// The first sheet that is shown is read. Merged cells are refused: all but the first are empty in the file.
func TestASheetThatIsShownAndWhole(t *testing.T) {
	t.Parallel()
	row := `<row r="2"><c t="str"><v>a</v></c><c><v>3</v></c></row>`
	one := `<worksheet><sheetData>` + headRow + row + `</sheetData>`
	book := func(state string) part {
		return part{"xl/workbook.xml", strings.Replace(bookPart, `name="A"`, `name="A" state="`+state+`"`, 1)}
	}
	for _, c := range []struct {
		name string
		book part
		one  string
		why  string
	}{
		{"merged", book("visible"), one + `<mergeCells count="1"><mergeCell ref="A2:A4"/></mergeCells></worksheet>`, "the cells A2:A4 are merged"},
		{"one cell merged with itself", book("visible"), one + `<mergeCells count="1"><mergeCell ref="A2:A2"/></mergeCells></worksheet>`, ""},
		{"hidden", book("hidden"), strings.Replace(one, "product_id", "nothing", 1) + `</worksheet>`, ""},
		{"very hidden", book("veryHidden"), strings.Replace(one, "product_id", "nothing", 1) + `</worksheet>`, ""},
		{"all hidden", part{"xl/workbook.xml", strings.ReplaceAll(bookPart, `<sheet `, `<sheet state="hidden" `)}, one + `</worksheet>`, "no sheet that is shown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			j := h.imports(spec(KindLevels), bookOf(t, part{"_rels/.rels", relsPart}, c.book, part{"xl/_rels/workbook.xml.rels", bookRels},
				part{"xl/worksheets/one.xml", c.one}, part{"xl/worksheets/two.xml", one + `</worksheet>`}))
			switch {
			case c.why == "" && j.Applied != 1, c.why != "" && (j.State != StateRefused || !strings.Contains(j.Problem.Reason, c.why)):
				t.Errorf("%+v %v\n%s", j, j.Problem, h.result(j.ID))
			}
		})
	}
}
