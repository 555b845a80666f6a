package signon

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"holdfast.dev/holdfast/internal/catalog"
)

// claims are the provider's statements about a person.
type claims map[string]any

// get returns a claim by its name, or by a path with dots such as realm_access.roles.
func (c claims) get(name string) any {
	if v, ok := c[name]; ok {
		return v
	}
	first, rest, nested := strings.Cut(name, ".")
	inner, ok := c[first].(map[string]any)
	if !nested || !ok {
		return nil
	}
	return claims(inner).get(rest)
}

func (c claims) text(name string) string {
	s, _ := c.get(name).(string)
	return strings.TrimSpace(s)
}

// list is a claim that is a list of texts, or one.
func (c claims) list(name string) []string {
	switch v := c.get(name).(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, one := range v {
			if s, ok := one.(string); ok {
				all = append(all, s)
			}
		}
		return all
	}
	return nil
}

// claimsOf are the claims of the token. Claims that this installation needs and the token
// does not have are looked up at the provider.
func (p *Provider) claimsOf(ctx context.Context, k *providerInfo, id *oidc.IDToken, token *oauth2.Token) (claims, error) {
	said := claims{}
	if err := id.Claims(&said); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrToken, err)
	}
	if azp, ok := said["azp"].(string); ok && azp != p.config.ClientID {
		return nil, fmt.Errorf("%w: it is for another client", ErrToken)
	}
	if k.UserInfoEndpoint() == "" || !p.lacksClaim(said) {
		return said, nil
	}
	if id.AccessTokenHash != "" && id.VerifyAccessToken(token.AccessToken) != nil {
		return nil, fmt.Errorf("%w: the access token is not that of the id_token", ErrToken)
	}
	more, err := k.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return nil, fmt.Errorf("%w: its userinfo endpoint: %s", ErrAway, clip(err))
	}
	if more.Subject != id.Subject {
		return nil, fmt.Errorf("%w: its userinfo endpoint tells of somebody else", ErrToken)
	}
	extra := claims{}
	if err := more.Claims(&extra); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrToken, err)
	}
	for name, v := range extra {
		if _, there := said[name]; !there {
			said[name] = v
		}
	}
	return said, nil
}

// lacksClaim reports whether a needed claim is missing.
func (p *Provider) lacksClaim(said claims) bool {
	return said.get(p.config.NameClaim) == nil || said.get(p.config.GroupsClaim) == nil || len(p.config.Domains) > 0 && said["email"] == nil
}

// person is the person, with the role, who may sign in according to the claims.
func (p *Provider) person(subject string, said claims) (catalog.Person, error) {
	if !p.ofDomain(said) {
		return catalog.Person{}, fmt.Errorf("%w: the e-mail address is of no domain that may sign in, or is not verified", ErrNobody)
	}
	g, ok := granted(p.config.Grants, said.list(p.config.GroupsClaim))
	if !ok {
		return catalog.Person{}, fmt.Errorf("%w: none of the groups has a role", ErrNobody)
	}
	name := cmp.Or(cut(said.text(p.config.NameClaim)), cut(said.text("email")), cut(subject))
	return catalog.Person{Issuer: p.config.Issuer, Subject: subject, Operator: name, Tenant: g.Tenant, Role: g.Role}, nil
}

// ofDomain reports whether the person has a verified e-mail address that may sign in.
func (p *Provider) ofDomain(said claims) bool {
	if len(p.config.Domains) == 0 {
		return true
	}
	email := said.text("email")
	at := strings.LastIndex(email, "@")
	verified := said["email_verified"] == true || said["email_verified"] == "true"
	return verified && at > 0 && slices.ContainsFunc(p.config.Domains, func(d string) bool { return strings.EqualFold(d, email[at+1:]) })
}

// cut is a name that fits into the journal: control characters and excess length
// are removed.
func cut(name string) string {
	const most = 64
	var b strings.Builder
	for _, r := range name {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == utf8.RuneError {
			continue
		}
		if b.Len()+utf8.RuneLen(r) > most {
			break
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}
