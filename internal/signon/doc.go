// Package signon lets people sign in at an identity provider that speaks OpenID Connect:
// the authorization code flow with PKCE. It knows the provider, identifies a person, and maps
// the person's groups to roles. Sessions belong to the catalog, pages and cookies to the
// server.
//
// A sign-in under way is kept by the browser that began it, sealed with a key made of
// the client secret: every node that has the same settings finishes what another began,
// and nothing is stored for people who never come back.
package signon
