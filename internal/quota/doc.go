// Package quota decides who may draw from which pool when: it carries out what was arranged
// beforehand for the quotas of channels. Package stock defines what a quota is, and how
// units are shared.
package quota
