package main

import (
	"maps"
	"testing"
)

func TestAttributesOfLotsAreRead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		args []string
		want map[string]string // nil: refused
	}{
		{"none are none", nil, map[string]string{}},
		{"a value may have anything", []string{"batch=B7", "owner=a=b c"}, map[string]string{"batch": "B7", "owner": "a=b c"}},
		{"no value", []string{"batch="}, nil},
		{"no name", []string{"=B7"}, nil},
		{"no attribute", []string{"batch"}, nil},
		{"one twice", []string{"batch=B7", "batch=B8"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := (&talkConfig{}).attributes(test.args)
			if (err != nil) != (test.want == nil) || !maps.Equal(got, test.want) {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

func TestALotIsShownAsItIsNamed(t *testing.T) {
	t.Parallel()
	if got := lotText(map[string]string{"grade": "A", "batch": "B7"}); got != "batch=B7 grade=A" {
		t.Error(got)
	}
}
