package signature_test

import (
	"testing"
	"time"

	"holdfast.dev/holdfast/relay/signature"
)

// The vectors were computed by another program.
func TestSignaturesAreThoseOfTheVectors(t *testing.T) {
	t.Parallel()
	const body = `{"type":"stock.level.changed","timestamp":"2026-01-01T00:00:00Z","data":{"sku_id":"HF-TEE-BLK-M","available":101}}`
	for secret, want := range map[string]string{
		"whsec_aG9sZGZhc3QtZGVtby1zZWNyZXQtMzItYnl0ZXMtMDA=": "v1,AxmgGDFlIeAJ2waScFcsp4wLlZl7OyuzcjQcrOYuFMw=",
		"whsec_aG9sZGZhc3Qtb2xkLS1zZWNyZXQtMzItYnl0ZXMtMDA=": "v1,HYZzFV/zqPZGP1L890pNQy1fH0FHF2+UgDr01KA4p08=",
		"whsk_aG9sZGZhc3QtZGVtby1lZDI1NTE5LXNlZWQtMzItYiE=":  "v1a,SxbtXe3D2lvPvWHwxifJIPz7MU7WOPv2r2mKyQad4dtcW6r+72kiwa/1GIBMAMWlXCIjEnVsZyJuM5sYC1HVDw==",
	} {
		s, err := signature.New(secret)
		if err != nil {
			t.Fatal(err)
		}
		if got := signature.Of([]signature.Signer{s}, "msg_2b9XHoldfastDemo0001", time.Unix(1767225600, 0), []byte(body)); got != want {
			t.Errorf("%s signs %s, want %s", secret, got, want)
		}
	}
	for _, secret := range []string{"", "whsec_", "whsk_AAAA", "sesame", "whsec_%"} {
		if _, err := signature.New(secret); err == nil {
			t.Errorf("%q is taken for a secret", secret)
		}
	}
}
