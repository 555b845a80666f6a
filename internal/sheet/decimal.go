package sheet

import (
	"regexp"
	"strings"
)

var (
	// Whole numbers of one to three digits, and groups of three behind them.
	groupedBy = map[Decimal]*regexp.Regexp{
		DecimalPoint: regexp.MustCompile(`^-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$`),
		DecimalComma: regexp.MustCompile(`^-?[0-9]{1,3}(\.[0-9]{3})+(,[0-9]+)?$`),
	}
	// A number that is a thousand times another one, if the sign in it groups: 1.000, 1,000.
	eitherWay = regexp.MustCompile(`^-?[1-9][0-9]{0,2}([.,][0-9]{3})+$`)
)

// plain is a number as the rules want it, with a point and without groups, or why nobody can tell which number it is.
func (d Decimal) plain(text string) (number, why string) {
	switch {
	case d == "" && eitherWay.MatchString(text):
		return text, "can be read in two ways: say which sign begins the fraction, --decimal . or --decimal , (decimal=)"
	case d == "":
		return text, ""
	case groupedBy[d].MatchString(text):
		text = strings.ReplaceAll(text, map[Decimal]string{DecimalPoint: ",", DecimalComma: "."}[d], "")
	case d == DecimalComma && strings.Contains(text, "."):
		return text, "has a point that does not group thousands, and a comma begins the fraction in this file"
	}
	if d == DecimalComma {
		text = strings.Replace(text, ",", ".", 1)
	}
	return text, ""
}
