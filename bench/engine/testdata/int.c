// Integer work: a linked list that is reversed and searched, an insertion and a shell sort, a matrix product, a state
// machine over text, a CRC.
#include "common.h"

struct node {
	struct node *next;
	u32 key, value;
};
static struct node nodes[256];
static u32 seed;

static u32 random(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed >> 8;
}

static __attribute__((noinline)) struct node *reverse(struct node *l)
{
	struct node *r = 0;
	while (l) {
		struct node *n = l->next;
		l->next = r;
		r = l;
		l = n;
	}
	return r;
}

static __attribute__((noinline)) u32 find(struct node *l, u32 key)
{
	u32 steps = 0;
	for (; l; l = l->next, steps++)
		if (l->key == key)
			return l->value + steps;
	return steps;
}

static u32 lists(void)
{
	for (u32 i = 0; i < 256; i++)
		nodes[i] = (struct node){i < 255 ? &nodes[i + 1] : 0, random() & 1023, random()};
	struct node *l = nodes;
	u32 sum = 0;
	for (u32 i = 0; i < 64; i++) {
		l = reverse(l);
		sum += find(l, random() & 1023);
	}
	return sum;
}

static u32 values[1024];
static __attribute__((noinline)) u32 sorts(void)
{
	for (u32 i = 0; i < 1024; i++)
		values[i] = random();
	for (u32 gap = 512; gap; gap /= 2)
		for (u32 i = gap; i < 1024; i++) {
			u32 v = values[i], j = i;
			for (; j >= gap && values[j - gap] > v; j -= gap)
				values[j] = values[j - gap];
			values[j] = v;
		}
	return values[7] ^ values[512] ^ values[1000];
}

static short a[24][24], b[24][24];
static int c[24][24];
static __attribute__((noinline)) u32 matrix(void)
{
	for (u32 i = 0; i < 24; i++)
		for (u32 j = 0; j < 24; j++)
			a[i][j] = random(), b[i][j] = random();
	u32 sum = 0;
	for (u32 i = 0; i < 24; i++)
		for (u32 j = 0; j < 24; j++) {
			int s = 0;
			for (u32 k = 0; k < 24; k++)
				s += a[i][k] * b[k][j];
			c[i][j] = s;
			sum += s >> 4;
		}
	return sum;
}

static u8 text[2048];
static __attribute__((noinline)) u32 machine(void)
{
	static const char alphabet[] = "0123456789+-.,eE xyz";
	for (u32 i = 0; i < sizeof text; i++)
		text[i] = alphabet[random() % 20];
	u32 count[6] = {0}, state = 0;
	for (u32 i = 0; i < sizeof text; i++) {
		u8 ch = text[i];
		switch (state) {
		case 0:
			state = ch >= '0' && ch <= '9' ? 1 : ch == '+' || ch == '-' ? 2 : ch == '.' ? 3 : 5;
			break;
		case 1:
			if (ch == '.')
				state = 3;
			else if (ch == 'e' || ch == 'E')
				state = 4;
			else if (ch < '0' || ch > '9')
				state = ch == ',' ? 0 : 5;
			break;
		case 2:
			state = ch >= '0' && ch <= '9' ? 1 : ch == '.' ? 3 : 5;
			break;
		case 3:
			if (ch < '0' || ch > '9')
				state = ch == 'e' ? 4 : ch == ',' ? 0 : 5;
			break;
		case 4:
			state = ch == '+' || ch == '-' ? 2 : ch >= '0' && ch <= '9' ? 1 : 5;
			break;
		default:
			state = ch == ',' || ch == ' ' ? 0 : 5;
		}
		count[state]++;
	}
	return count[0] + 3 * count[1] + 5 * count[2] + 7 * count[3] + 11 * count[4];
}

static __attribute__((noinline)) u32 crc(const u8 *p, u32 n)
{
	u32 v = 0xffff;
	while (n--) {
		u8 d = *p++;
		for (int i = 0; i < 8; i++, d >>= 1)
			v = (v ^ d) & 1 ? v >> 1 ^ 0xa001 : v >> 1;
	}
	return v;
}

u32 bench(u32 round)
{
	seed = round + 1;
	u32 sum = 0;
	for (u32 i = 0; i < 60; i++)
		sum += lists() ^ sorts() ^ matrix() ^ machine() ^ crc(text, sizeof text);
	return sum;
}

void *memset(void *d, int ch, u32 n)
{
	for (u8 *p = d; n--;)
		*p++ = ch;
	return d;
}
