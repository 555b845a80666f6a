package catalog

import "time"

// The bodies are what the log carries: the row after the write. Their bytes
// are for ever and verify compares them, so fields are only added, with
// omitempty.
type (
	settingsBody struct {
		DefaultLocation string `json:"default_location"`
		PublicReads     bool   `json:"public_reads"`
		HoldRetention   int64  `json:"hold_retention_ms"`
		LogRetention    int64  `json:"log_retention_ms"`
	}
	tenantBody struct {
		Created  int64        `json:"created"`
		Settings settingsBody `json:"settings"`
	}
	productBody struct {
		Created int64  `json:"created"`
		Unit    string `json:"unit,omitempty"`
		Scale   int    `json:"scale,omitempty"`
	}
	locationBody struct {
		Created int64 `json:"created"`
		Spread  bool  `json:"spread,omitempty"`
	}
	keyBody struct {
		Created int64  `json:"created"`
		Name    string `json:"name"`
		Scopes  string `json:"scopes"`
		Rotated int64  `json:"rotated,omitempty"`
		Revoked int64  `json:"revoked,omitempty"`
		Seal    string `json:"seal"`
	}
)

func (s Settings) body() settingsBody {
	return settingsBody{
		DefaultLocation: s.DefaultLocation,
		PublicReads:     s.PublicReads,
		HoldRetention:   s.HoldRetention.Milliseconds(),
		LogRetention:    s.LogRetention.Milliseconds(),
	}
}

func (b settingsBody) settings() Settings {
	return Settings{
		DefaultLocation: b.DefaultLocation,
		PublicReads:     b.PublicReads,
		HoldRetention:   time.Duration(b.HoldRetention) * time.Millisecond,
		LogRetention:    time.Duration(b.LogRetention) * time.Millisecond,
	}
}

func (t Tenant) body() any { return tenantBody{millis(t.Created), t.Settings.body()} }

func (p Product) body() any { return productBody{millis(p.Created), p.Unit.Name, p.Unit.Scale} }

func (l Location) body() any { return locationBody{millis(l.Created), l.Spread} }

func (k Key) body() any {
	return keyBody{millis(k.Created), k.Name, k.Scopes.String(), millis(k.Rotated), millis(k.Revoked), k.seal()}
}
