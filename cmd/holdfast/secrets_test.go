package main

import (
	"strings"
	"testing"
)

func TestTheKeyOfSecretsIsChecked(t *testing.T) {
	t.Parallel()
	for key, good := range map[string]bool{
		"": true, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=": true, "word": false, "AAAA": false,
	} {
		_, err := sealing([]string{secretKeyEnv + "=" + key})
		if (err == nil) != good || err != nil && (!strings.Contains(err.Error(), secretKeyEnv) || strings.Contains(err.Error(), `"`+key+`"`)) {
			t.Errorf("%q: %v", key, err)
		}
	}
}
