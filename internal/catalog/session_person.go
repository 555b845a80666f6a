package catalog

import (
	"context"
	"fmt"
	"slices"
)

// Person is somebody for whom an identity provider vouches.
type Person struct {
	// Issuer and Subject say who it is: a subject is the issuer's own. Both have 1 to 255 bytes.
	Issuer, Subject string
	// Operator is recorded with what the person writes, 1 to 64 bytes.
	Operator string
	Tenant   string
	Role     Role
}

// sessionPerson is the person of a session as it is stored.
type sessionPerson struct {
	issuer, subject, operator string
	role                      Role
}

const (
	maxIssuer  = 255
	maxSubject = 255
)

func (p *Person) check() error {
	for _, text := range []struct {
		field, is string
		most      int
	}{{"issuer", p.Issuer, maxIssuer}, {"subject", p.Subject, maxSubject}, {"operator", p.Operator, maxKeyName}} {
		if text.is == "" || len(text.is) > text.most || !printable(text.is) {
			return &InvalidError{Field: text.field, Reason: fmt.Sprintf("must be text of 1 to %d bytes", text.most)}
		}
	}
	if !slices.Contains(Roles, p.Role) {
		return &InvalidError{Field: "role", Reason: "must be one"}
	}
	return nil
}

// credential is that of the person's session. Only the role counts: its scopes are
// those that it needs.
func (p *sessionPerson) credential(tenant string) Credential {
	return Credential{Tenant: tenant, KeyName: p.operator, Scopes: p.role.Scopes(), Role: p.role}
}

// SignInPerson begins a session of a person, as SignIn does of a key. The tenant must
// exist (ErrUnknown).
func (c *sessions) SignInPerson(ctx context.Context, p Person) (string, Session, error) {
	if err := p.check(); err != nil {
		return "", Session{}, fmt.Errorf("sign in: %w", err)
	}
	row := sessionRow{tenant: p.Tenant, person: sessionPerson{issuer: p.Issuer, subject: p.Subject, operator: p.Operator, role: p.Role}}
	token, err := c.begin(ctx, &row, `subject = ? AND issuer = ?`, p.Subject, p.Issuer)
	if err != nil {
		return "", Session{}, fmt.Errorf("sign in: %w", err)
	}
	return token, Session{Credential: row.person.credential(p.Tenant), Issuer: p.Issuer, Expires: row.end()}, nil
}
