// Package quota is about who may draw from which pool when: it carries out what
// was arranged for the quotas of channels beforehand. What a quota is, and how
// units are shared, is package stock's.
package quota
