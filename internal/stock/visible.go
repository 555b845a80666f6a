package stock

import "unicode"

// Visible reports whether r leaves a mark on a screen: no blank, no format character, no
// variation selector, no filler, not the empty Braille pattern. Names that people give must
// have at least one such character.
func Visible(r rune) bool {
	const brailleBlank = '\u2800'
	return r != brailleBlank && !unicode.In(r, unicode.Z, unicode.Cf,
		unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}
