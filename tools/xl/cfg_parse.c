// SPDX-License-Identifier: GPL-2.0-only
/*
 * The syntax of xl.cfg: `name = value`, one per line or separated by ';', where
 * a value is a number, a quoted string, or a list in brackets that may span
 * lines and nest; '#' starts a comment; `+=` appends to a string or list. Pure
 * functions over text; nothing here knows what a name means.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cfg.h"

#define DEPTH_MAX	8
#define TEXT_MAX	(4UL << 20)

struct scan {
	struct cfg *c;
	const char *at, *end;
	unsigned int line;
};

int cfg_error(struct cfg *c, unsigned int line, const char *fmt, ...)
{
	va_list ap;
	int n = 0;

	if (line)
		n = snprintf(c->why, sizeof(c->why), "%s:%u: ", c->source, line);
	else if (c->source[0])
		n = snprintf(c->why, sizeof(c->why), "%s: ", c->source);
	va_start(ap, fmt);
	vsnprintf(c->why + n, sizeof(c->why) - n, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static void value_free(struct cfg_value *v)
{
	size_t i;

	if (!v)
		return;
	for (i = 0; i < v->n; i++)
		value_free(v->items[i]);
	free(v->items);
	free(v->text);
	free(v);
}

/* Skips blanks and comments, and line ends too where the value goes on. */
static void skip(struct scan *s, bool lines)
{
	while (s->at < s->end) {
		if (*s->at == '#') {
			while (s->at < s->end && *s->at != '\n')
				s->at++;
		} else if (*s->at == '\\' && s->at + 1 < s->end && s->at[1] == '\n') {
			s->line++;
			s->at += 2;
		} else if (*s->at == '\n' && lines) {
			s->line++;
			s->at++;
		} else if (*s->at != '\n' && isspace((unsigned char)*s->at)) {
			s->at++;
		} else {
			return;
		}
	}
}

static struct cfg_value *value_new(struct scan *s, enum cfg_kind kind)
{
	struct cfg_value *v = calloc(1, sizeof(*v));

	if (v) {
		v->kind = kind;
		v->line = s->line;
	} else {
		cfg_error(s->c, s->line, "out of memory");
	}
	return v;
}

static char escape(char c)
{
	switch (c) {
	case 'n': return '\n';
	case 't': return '\t';
	case 'r': return '\r';
	default: return c;
	}
}

static struct cfg_value *parse_string(struct scan *s)
{
	struct cfg_value *v = value_new(s, CFG_STRING);
	const char *from = s->at;
	char quote = *s->at++, *to;

	if (!v)
		return NULL;
	v->text = to = malloc(s->end - s->at + 1);
	if (!to) {
		value_free(v);
		return NULL;
	}
	while (s->at < s->end && *s->at != quote && *s->at != '\n') {
		if (!*s->at || (*s->at == '\\' && s->at + 1 == s->end))
			break;
		if (*s->at == '\\')
			*to++ = escape(*++s->at);
		else
			*to++ = *s->at;
		s->at++;
	}
	*to = 0;
	if (s->at >= s->end || *s->at != quote) {
		cfg_error(s->c, s->line, "the string that starts with %.12s is not closed on its line", from);
		value_free(v);
		return NULL;
	}
	s->at++;
	return v;
}

static struct cfg_value *parse_number(struct scan *s)
{
	struct cfg_value *v = value_new(s, CFG_NUMBER);
	const char *from = s->at;
	char *rest;

	if (!v)
		return NULL;
	if (*s->at == '-')
		s->at++;
	while (s->at < s->end && isalnum((unsigned char)*s->at))
		s->at++;
	v->text = strndup(from, s->at - from);
	if (v->text) {
		errno = 0;
		strtoll(v->text, &rest, 0);
		if (!*rest && rest != v->text && !errno)
			return v;
		cfg_error(s->c, s->line, "'%.40s' is not a number", v->text);
	}
	value_free(v);
	return NULL;
}

static struct cfg_value *parse_value(struct scan *s, unsigned int depth);

static struct cfg_value *parse_list(struct scan *s, unsigned int depth)
{
	struct cfg_value *v = value_new(s, CFG_LIST);
	unsigned int opened = s->line;

	if (!v)
		return NULL;
	s->at++;
	for (;;) {
		struct cfg_value **grown, *item;

		skip(s, true);
		if (s->at < s->end && *s->at == ']') {
			s->at++;
			return v;
		}
		if (s->at >= s->end) {
			cfg_error(s->c, opened, "the list that starts here is never closed");
			break;
		}
		item = parse_value(s, depth + 1);
		if (!item)
			break;
		grown = realloc(v->items, (v->n + 1) * sizeof(*grown));
		if (!grown) {
			value_free(item);
			cfg_error(s->c, s->line, "out of memory");
			break;
		}
		v->items = grown;
		v->items[v->n++] = item;
		skip(s, true);
		if (s->at < s->end && *s->at == ',') {
			s->at++;
		} else if (s->at >= s->end || *s->at != ']') {
			cfg_error(s->c, s->line, s->at < s->end ? "a comma or ']' is missing in the list" :
				  "the list that starts on line %u is never closed", opened);
			break;
		}
	}
	value_free(v);
	return NULL;
}

static struct cfg_value *parse_value(struct scan *s, unsigned int depth)
{
	if (s->at >= s->end || *s->at == '\n') {
		cfg_error(s->c, s->line, "a value is missing");
		return NULL;
	}
	if (depth > DEPTH_MAX) {
		cfg_error(s->c, s->line, "lists are nested too deeply");
		return NULL;
	}
	if (*s->at == '"' || *s->at == '\'')
		return parse_string(s);
	if (*s->at == '[')
		return parse_list(s, depth);
	if (isdigit((unsigned char)*s->at) || *s->at == '-')
		return parse_number(s);
	cfg_error(s->c, s->line, "a value must be a number, a quoted string or a list in brackets, not '%.*s'",
		  (int)strcspn(s->at, "\n") > 20 ? 20 : (int)strcspn(s->at, "\n"), s->at);
	return NULL;
}

struct cfg_item *cfg_find(struct cfg *c, const char *name)
{
	struct cfg_item *i;

	for (i = c->items; i; i = i->next)
		if (!strcmp(i->name, name))
			return i;
	return NULL;
}

static int append(struct scan *s, struct cfg_value *old, struct cfg_value *more)
{
	if (old->kind == CFG_STRING && more->kind == CFG_STRING) {
		char *t = realloc(old->text, strlen(old->text) + strlen(more->text) + 1);

		if (!t)
			return cfg_error(s->c, s->line, "out of memory");
		old->text = strcat(t, more->text);
	} else if (old->kind == CFG_LIST && more->kind == CFG_LIST) {
		struct cfg_value **l = realloc(old->items, (old->n + more->n + 1) * sizeof(*l));

		if (!l)
			return cfg_error(s->c, s->line, "out of memory");
		old->items = l;
		if (more->n)
			memcpy(l + old->n, more->items, more->n * sizeof(*l));
		old->n += more->n;
		more->n = 0;
	} else {
		return cfg_error(s->c, s->line, "+= needs two strings or two lists");
	}
	return 0;
}

static int set(struct scan *s, char *name, struct cfg_value *v, bool add)
{
	struct cfg_item *i = cfg_find(s->c, name), **at;
	int rc = 0;

	if (i && add) {
		rc = append(s, i->value, v);
		value_free(v);
	} else if (i) {
		value_free(i->value);
		i->value = v;
	} else {
		i = calloc(1, sizeof(*i));
		if (!i) {
			value_free(v);
			free(name);
			return cfg_error(s->c, s->line, "out of memory");
		}
		i->name = name;
		i->value = v;
		for (at = &s->c->items; *at; at = &(*at)->next)
			;
		*at = i;
		return 0;
	}
	free(name);
	return rc;
}

static int parse_setting(struct scan *s)
{
	const char *from = s->at;
	struct cfg_value *v;
	bool add = false;
	char *name;

	while (s->at < s->end && (isalnum((unsigned char)*s->at) || *s->at == '_' || *s->at == '.'))
		s->at++;
	if (s->at == from || isdigit((unsigned char)*from))
		return cfg_error(s->c, s->line, "'%.*s' is not a setting: expected name = value",
				 (int)(s->end - from > 20 ? 20 : s->end - from), from);
	name = strndup(from, s->at - from);
	if (!name)
		return cfg_error(s->c, s->line, "out of memory");
	skip(s, false);
	if (s->end - s->at >= 2 && s->at[0] == '+' && s->at[1] == '=') {
		add = true;
		s->at++;
	}
	if (s->at >= s->end || *s->at != '=') {
		cfg_error(s->c, s->line, "'=' is missing after '%.40s'", name);
		free(name);
		return -EINVAL;
	}
	s->at++;
	skip(s, false);
	v = parse_value(s, 0);
	if (!v) {
		free(name);
		return -EINVAL;
	}
	return set(s, name, v, add);
}

int cfg_parse(struct cfg *c, const char *text, size_t len, const char *source)
{
	struct scan s = { .c = c, .at = text, .end = text + len, .line = 1 };

	snprintf(c->source, sizeof(c->source), "%s", source);
	if (len > TEXT_MAX)
		return cfg_error(c, 0, "no configuration is larger than 4 MiB");
	if (memchr(text, 0, len))
		return cfg_error(c, 0, "it is not a text file");
	for (;;) {
		int rc;

		skip(&s, true);
		if (s.at >= s.end)
			return 0;
		if (*s.at == ';') {
			s.at++;
			continue;
		}
		rc = parse_setting(&s);
		if (rc)
			return rc;
		skip(&s, false);
		if (s.at < s.end && *s.at != '\n' && *s.at != ';')
			return cfg_error(c, s.line, "cannot make sense of '%.*s' after the value",
					 (int)(s.end - s.at > 20 ? 20 : s.end - s.at), s.at);
	}
}

int cfg_override(struct cfg *c, const char *setting)
{
	const char *eq = strchr(setting, '='), *v;
	struct scan s = { .c = c, .at = setting, .end = setting + strlen(setting) };
	struct cfg_value *word;
	char *name;

	snprintf(c->source, sizeof(c->source), "command line");
	v = eq ? eq + 1 + strspn(eq + 1, " \t") : NULL;
	if (!eq || eq == setting)
		return cfg_error(c, 0, "'%.60s' is not a setting: expected name=value", setting);
	/* The shell eats quotes, so a bare word stands for a string. */
	if (!*v || strchr("'\"[-0123456789", *v))
		return cfg_parse(c, setting, strlen(setting), "command line");
	word = value_new(&s, CFG_STRING);
	name = strndup(setting, eq - setting - (eq[-1] == ' '));
	if (word)
		word->text = strdup(v);
	if (!word || !name || !word->text) {
		value_free(word);
		free(name);
		return cfg_error(c, 0, "out of memory");
	}
	return set(&s, name, word, false);
}

void cfg_free(struct cfg *c)
{
	struct cfg_item *i;

	while ((i = c->items)) {
		c->items = i->next;
		value_free(i->value);
		free(i->name);
		free(i);
	}
}

static void print_value(FILE *f, const struct cfg_value *v)
{
	const char *p;
	size_t i;

	switch (v->kind) {
	case CFG_NUMBER:
		fputs(v->text, f);
		break;
	case CFG_STRING:
		fputc('"', f);
		for (p = v->text; *p; p++) {
			if (*p == '\n' || *p == '\t' || *p == '\r') {
				fprintf(f, "\\%c", *p == '\n' ? 'n' : *p == '\t' ? 't' : 'r');
			} else {
				if (*p == '"' || *p == '\\')
					fputc('\\', f);
				fputc(*p, f);
			}
		}
		fputc('"', f);
		break;
	case CFG_LIST:
		fputs("[ ", f);
		for (i = 0; i < v->n; i++) {
			print_value(f, v->items[i]);
			fputs(i + 1 < v->n ? ", " : " ", f);
		}
		fputc(']', f);
		break;
	}
}

char *cfg_print(const struct cfg *c)
{
	const struct cfg_item *i;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	for (i = c->items; i; i = i->next) {
		fprintf(f, "%s = ", i->name);
		print_value(f, i->value);
		fputc('\n', f);
	}
	fclose(f);
	return text;
}
