// SPDX-License-Identifier: GPL-2.0-only
/*
 * The syntax of xl.cfg and xl.conf and what their settings may say, good and
 * bad. Runs on the host; nothing of a hypervisor is needed.
 *
 * SOURCES: tools/xl/cfg_parse.c tools/xl/cfg_domain.c tools/xl/cfg_disk.c tools/xl/cfg_nic.c tools/xl/conf.c
 * CFLAGS: -D_GNU_SOURCE -D__XEN_TOOLS__ -Ibuild/include -Itools/libxen/include -Itools
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/xl/xl.h"

static int failures;
static unsigned int warnings;

static void check(bool ok, const char *name)
{
	printf("%s %s\n", ok ? "ok" : "FAIL", name);
	failures += !ok;
}

static void count_warning(const char *s)
{
	(void)s;
	warnings++;
}

/* Parses text; the sentence of failure, "" on success. */
static const char *parse(struct cfg *c, const char *text)
{
	memset(c, 0, sizeof(*c));
	return cfg_parse(c, text, strlen(text), "t.cfg") ? c->why : "";
}

static bool refuses(const char *text, const char *part)
{
	struct cfg c;
	const char *why = parse(&c, text);
	bool ok = *why && strstr(why, part);

	if (!ok)
		printf("# got: %s\n", why);
	cfg_free(&c);
	return ok;
}

static bool string_is(struct cfg *c, const char *name, const char *want)
{
	struct cfg_item *i = cfg_find(c, name);

	return i && i->value->kind != CFG_LIST && !strcmp(i->value->text, want);
}

static void syntax(void)
{
	struct cfg c;
	char *text;

	check(!*parse(&c, "a = 1\nb='two' # comment\n# whole line\n\nc = \"th\\\"ree\" ; d = [ 'x', \"y\",\n 3, [ 'z' ] ]\ne=[]\n") &&
	      string_is(&c, "a", "1") && string_is(&c, "b", "two") && string_is(&c, "c", "th\"ree") &&
	      cfg_find(&c, "d")->value->n == 4 && !cfg_find(&c, "e")->value->n, "values of every kind");
	text = cfg_print(&c);
	cfg_free(&c);
	check(!*parse(&c, text) && string_is(&c, "c", "th\"ree") && cfg_find(&c, "d")->value->n == 4, "printed text parses to the same");
	free(text);
	cfg_free(&c);
	check(!*parse(&c, "a=1\na=2\ns='x'\ns+='y'\nl=['1']\nl+=['2','3']\nn+=['4']") && string_is(&c, "a", "2") &&
	      string_is(&c, "s", "xy") && cfg_find(&c, "l")->value->n == 3 && cfg_find(&c, "n")->value->n == 1, "replace and append");
	cfg_free(&c);
	check(!*parse(&c, "") && !c.items, "an empty file");
	check(refuses("a = ", "value is missing"), "no value");
	check(refuses("a = [ 'x', ", "never closed"), "open list");
	check(refuses("a = 'x\nb = 1", "not closed"), "open string");
	check(refuses("a = 'x", "not closed"), "open string at the end");
	check(refuses("a = 'x\\", "not closed"), "backslash at the end");
	check(refuses("= 3", "not a setting"), "no name");
	check(refuses("a 3", "'=' is missing"), "no equals sign");
	check(refuses("a = yes", "a value must be"), "bare word");
	check(refuses("a = 12abc", "not a number"), "bad number");
	check(refuses("a = 99999999999999999999", "not a number"), "number beyond 64 bits");
	check(refuses("a = 1 2", "after the value"), "two values");
	check(refuses("a = [[[[[[[[[[[1]]]]]]]]]]]", "too deeply"), "deep nesting");
	check(refuses("a = ['x' 'y']", "comma"), "missing comma");
	check(refuses("a=1\nb=1\nc=\n", "t.cfg:3:"), "the line is told");
	memset(&c, 0, sizeof(c));
	check(cfg_parse(&c, "a\0b", 3, "t") && strstr(c.why, "not a text file"), "binary file");
	check(!cfg_override(&c, "x=5") && !cfg_override(&c, "y=word") && !cfg_override(&c, "z='q'") && !cfg_override(&c, "d=['a']") &&
	      string_is(&c, "x", "5") && string_is(&c, "y", "word") && string_is(&c, "z", "q"), "overrides");
	check(cfg_override(&c, "nothing") && cfg_override(&c, "=x"), "bad overrides");
	cfg_free(&c);
}

static const char *why_not(const char *text, struct xl_domain *d)
{
	static char why[512];
	struct cfg c;

	*why = 0;
	warnings = 0;
	if (*parse(&c, text) || xl_domain_from_cfg(d, &c, count_warning))
		snprintf(why, sizeof(why), "%s", c.why);
	cfg_free(&c);
	return why;
}

static bool domain_refused(const char *text, const char *part)
{
	struct xl_domain d;
	const char *why = why_not(text, &d);
	bool ok = *why && strstr(why, part);

	if (!*why)
		xl_domain_free(&d);
	if (!ok)
		printf("# got: %s\n", why);
	return ok;
}

#define BASE "name='g'\nkernel='/k'\n"

static void domains(void)
{
	struct xl_domain d;

	check(!*why_not(BASE "ramdisk='/r'\nmemory=256\nmaxmem=512\nvcpus=2\nmaxvcpus=4\nroot='/dev/xvda'\nextra='quiet'\n"
			"uuid='01234567-89ab-cdef-0123-456789abcdef'\ncpus='0-3,^2'\ncpu_weight=512\ncap=50\n"
			"on_reboot='preserve'\non_crash='coredump-restart'\ndisk=['phy:/dev/vg/x,xvda,w','/f.img,raw,xvdb1,ro']\n"
			"vif=['bridge=br0,mac=00:16:3e:01:02:03','']\ntype='pv'\n", &d) &&
	      d.memory_mb == 256 && d.maxmem_mb == 512 && d.vcpus == 2 && d.maxvcpus == 4 && d.weight == 512 && d.cap == 50 &&
	      !strcmp(d.cmdline, "root=/dev/xvda quiet") && d.uuid_given && d.uuid[15] == 0xef && d.cpus[0] == 0x0b &&
	      d.on_reboot == ACT_PRESERVE && d.on_crash == ACT_DUMP_RESTART && d.nr_disks == 2 && d.nr_nics == 2 &&
	      d.disks[1].readonly && d.disks[1].devid == (202 << 8 | 1 << 4 | 1) && d.nics[1].devid == 1, "a full domain");
	check(!warnings, "and nothing in it is warned about");
	xl_domain_free(&d);
	check(!*why_not(BASE "surprise=1\nvnc=1\n", &d) && warnings == 2, "unknown settings are warned about, never fatal");
	xl_domain_free(&d);
	check(!*why_not(BASE "cmdline='a b'\nextra='c'\n", &d) && !strcmp(d.cmdline, "a b") && warnings == 1, "cmdline wins");
	xl_domain_free(&d);
	check(!*why_not(BASE "rtc_timeoffset=-3600\nlocaltime=1\nmax_grant_frames=7\nmax_maptrack_frames=8\nmax_grant_version=1\n"
			"max_event_channels=99\n", &d) && !warnings && d.time_offset == -3600 && d.localtime &&
	      d.max_grant_frames == 7 && d.max_maptrack_frames == 8 && d.max_grant_version == 1 && d.event_channels == 99,
	      "the limits, and its clock");
	xl_domain_free(&d);
	check(!*why_not(BASE "vcpus=4\ncpus=['0','1-2']\n", &d) && d.nr_vcpu_cpus == 2 && d.vcpu_cpus[1][0] == 6, "cpus by vcpu");
	xl_domain_free(&d);
	check(domain_refused("kernel='/k'\n", "no name"), "no name");
	check(domain_refused("name='a'\n", "no kernel"), "no kernel");
	check(domain_refused("name='a/b'\nkernel='/k'\n", "printable"), "slash in the name");
	check(domain_refused("name='a b'\nkernel='/k'\n", "printable"), "blank in the name");
	check(domain_refused("name='12'\nkernel='/k'\n", "number"), "name that is a number");
	check(domain_refused(BASE "memory=0\n", "absurd"), "no memory");
	check(domain_refused(BASE "memory=-5\n", "absurd"), "negative memory");
	check(domain_refused(BASE "memory=999999999999\n", "absurd"), "absurd memory");
	check(domain_refused(BASE "memory='lots'\n", "number"), "memory in words");
	check(domain_refused(BASE "memory=512\nmaxmem=256\n", "less than memory"), "maxmem below memory");
	check(domain_refused(BASE "vcpus=0\n", "absurd"), "no vcpus");
	check(domain_refused(BASE "vcpus=100000\n", "absurd"), "absurd vcpus");
	check(domain_refused(BASE "vcpus=4\nmaxvcpus=2\n", "less than vcpus"), "maxvcpus below vcpus");
	check(domain_refused(BASE "cpus='0-'\n", "list of CPUs"), "bad cpus");
	check(domain_refused(BASE "cpus='5000'\n", "list of CPUs"), "cpu beyond the mask");
	check(domain_refused(BASE "type='hvm'\n", "not supported"), "hvm");
	check(domain_refused(BASE "bootloader='pygrub'\n", "not supported"), "bootloader");
	check(domain_refused(BASE "pci=['01:00.0']\n", "not supported"), "pci");
	check(!*why_not("name='g'\nfirmware='pvgrub64'\nkernel=''\n", &d) && !d.kernel && !strcmp(d.firmware, "pvgrub64") && !warnings,
	      "a boot loader in place of a kernel");
	xl_domain_free(&d);
	check(domain_refused("name='g'\nfirmware='uefi'\n", "not for paravirtualized"), "firmware of other guests");
	check(domain_refused(BASE "firmware='pvgrub32'\n", "one of them"), "boot loader and kernel");
	check(!*why_not(BASE "max_event_channels=4095\n", &d) && d.event_channels == 4095 && !warnings, "event channels");
	xl_domain_free(&d);
	check(!*why_not(BASE "event_channels=64\n", &d) && d.event_channels == 64 && !warnings, "event channels by their older name");
	xl_domain_free(&d);
	check(domain_refused(BASE "max_event_channels=131072\n", "absurd"), "more event channels than there can be");
	check(domain_refused(BASE "uuid='xyz'\n", "not a UUID"), "bad uuid");
	check(domain_refused(BASE "on_crash='explode'\n", "must be destroy"), "bad action");
	check(domain_refused(BASE "disk='x'\n", "must be a list"), "disk as a string");
	check(domain_refused(BASE "disk=[5]\n", "must be a string"), "disk as a number");
	check(domain_refused(BASE "disk=['/a,raw,xvda','/b,raw,xvda']\n", "two disks"), "the same disk twice");
	check(domain_refused(BASE "vif=['mac=01:00:00:00:00:00']\n", "group"), "group MAC");
	check(domain_refused(BASE "vif=['bridge=../x']\n", "not the name"), "path as a bridge");
	check(domain_refused(BASE "vif=['devid=1','devid=1']\n", "want the number"), "the same vif twice");
	check(domain_refused(BASE "name=['x']\n", "must be a string"), "name as a list");
}

static bool disk_is(const char *spec, const char *target, const char *vdev, bool ro)
{
	struct xl_disk d;
	char why[256] = "";
	bool ok;

	if (xl_disk_parse(&d, spec, why, sizeof(why))) {
		printf("# %s\n", why);
		return false;
	}
	ok = !strcmp(d.target, target) && !strcmp(d.vdev, vdev) && d.readonly == ro;
	xl_disk_free(&d);
	return ok;
}

static bool disk_refused(const char *spec, const char *part)
{
	struct xl_disk d;
	char why[256] = "";

	if (!xl_disk_parse(&d, spec, why, sizeof(why))) {
		xl_disk_free(&d);
		return false;
	}
	if (!strstr(why, part))
		printf("# got: %s\n", why);
	return strstr(why, part) != NULL;
}

static void disks(void)
{
	check(disk_is("/dev/vg/guest-volume,,hda", "/dev/vg/guest-volume", "hda", false), "target,,vdev");
	check(disk_is("/dev/vg/guest-volume,raw,hda,rw", "/dev/vg/guest-volume", "hda", false), "all positions");
	check(disk_is("format=raw, vdev=hda, access=rw, target=/dev/vg/guest-volume", "/dev/vg/guest-volume", "hda", false), "all keys");
	check(disk_is("raw:/dev/vg/guest-volume,hda,w", "/dev/vg/guest-volume", "hda", false), "older form with a format");
	check(disk_is("phy:/dev/x,xvda,w", "/dev/x", "xvda", false), "phy:");
	check(disk_is("phy:vg/x,xvda,r", "/dev/vg/x", "xvda", true), "phy: below /dev");
	check(disk_is("file:/x.img,xvdb,r", "/x.img", "xvdb", true), "file:");
	check(disk_is("tap:aio:/x.img,xvdb,w", "/x.img", "xvdb", false), "tap:aio:");
	check(disk_is("/root/image.iso,,hdc,cdrom", "/root/image.iso", "hdc", true), "CD by flag");
	check(disk_is("raw:/root/image.iso,hdc:cdrom,ro", "/root/image.iso", "hdc", true), "CD by suffix");
	check(disk_is("vdev=xvda,target=/a,b c", "/a,b c", "xvda", false), "a target with commas");
	check(disk_refused("/x.qcow2,qcow2,xvda", "only raw"), "qcow2");
	check(disk_refused("qcow2:/x,xvda,w", "only raw"), "qcow2 prefix");
	check(disk_refused("/x", "name in the guest"), "no vdev");
	check(disk_refused("vdev=xvda", "no file or device"), "no target");
	check(disk_refused("/x,raw,nonsense", "not the name"), "bad vdev");
	check(disk_refused("/x,raw,xvda,maybe", "neither r nor w"), "bad access");
	check(disk_refused("/x,raw,xvda,w,extra", "too many"), "too many parts");
	check(disk_refused("/x,raw,xvda,color=red", "no setting"), "unknown key");
	check(disk_refused("", "name in the guest"), "empty disk");
	check(xl_vdev_number("xvda") == 51712 && xl_vdev_number("xvdb1") == 51729 && xl_vdev_number("sda2") == 2050 &&
	      xl_vdev_number("hdc") == 5632 && xl_vdev_number("xvdq") == (1 << 28 | 16 << 8) && xl_vdev_number("51712") == 51712 &&
	      xl_vdev_number("d0p0") == 51712 && xl_vdev_number("xvdaa") == (1 << 28 | 26 << 8), "device numbers");
	check(xl_vdev_number("xvd") < 0 && xl_vdev_number("xvda0") < 0 && xl_vdev_number("sdz") < 0 && xl_vdev_number("") < 0 &&
	      xl_vdev_number("xvdzzzzzzzz") < 0 && xl_vdev_number("xvda1x") < 0 && xl_vdev_number("99999999999") < 0, "bad device numbers");
}

static bool nic_parses(const char *spec, struct xl_nic *n)
{
	char why[256] = "";

	if (!xl_nic_parse(n, spec, why, sizeof(why)))
		return true;
	printf("# %s\n", why);
	return false;
}

static bool nic_refused(const char *spec, const char *part)
{
	struct xl_nic n;
	char why[256] = "";

	if (!xl_nic_parse(&n, spec, why, sizeof(why))) {
		printf("# accepted: %s\n", spec);
		xl_nic_free(&n);
		return false;
	}
	if (!strstr(why, part))
		printf("# got: %s\n", why);
	return strstr(why, part) != NULL;
}

static bool rate_is(const char *rate, uint32_t bytes, uint32_t usec)
{
	struct xl_nic n;
	char spec[64];
	bool ok;

	snprintf(spec, sizeof(spec), "bridge=b,rate=%s", rate);
	if (!nic_parses(spec, &n))
		return false;
	ok = n.rate_bytes == bytes && n.rate_usec == usec;
	if (!ok)
		printf("# %s: %u bytes each %u us\n", rate, n.rate_bytes, n.rate_usec);
	xl_nic_free(&n);
	return ok;
}

static void nics(void)
{
	static const char *const bad[] = {
		"", "10", "10Mb", "Mb/s", "-1Mb/s", "10Xb/s", "10Mb/sec", "10Mb/m", "10Mb/s@", "10Mb/s@0ms", "10Mb/s@5min",
		"0B/s", "1b/s", "1GB/s@5000s", "99999999999999999999B/s", "9999999999GB/s", "1Mb/s@99999999999s",
	};
	struct xl_nic n;
	unsigned int i;
	bool all = true;

	check(rate_is("10Mb/s", 62500, 50000) && rate_is("250KB/s", 12500, 50000) && rate_is("1MB/s@20ms", 20000, 20000),
	      "rates as the manual has them");
	check(rate_is("1GB/s", 50000000, 50000) && rate_is("8Gb/s@1s", 1000000000, 1000000) && rate_is("512B/s@1s", 512, 1000000) &&
	      rate_is("8Kb/s@100000us", 100, 100000) && rate_is("80b/s@1s", 10, 1000000) && rate_is("20000/s@5000", 100, 5000),
	      "every unit of a rate");
	check(nic_parses("bridge=b", &n) && !n.rate_usec, "no limit unless one is given");
	xl_nic_free(&n);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char spec[64];

		snprintf(spec, sizeof(spec), "rate=%s", bad[i]);
		all &= nic_refused(spec, "not a possible rate");
	}
	check(all, "impossible rates");
	check(nic_parses("bridge=b,untrusted", &n) && n.untrusted, "an untrusted back end");
	xl_nic_free(&n);
	check(nic_parses("trusted, bridge=b", &n) && !n.untrusted && !strcmp(n.bridge, "b"), "a trusted back end");
	xl_nic_free(&n);
	check(nic_refused("bridge=b,distrusted", "not key=value"), "any other word");
}

/* What conf.c needs to read a file and to speak; the test gives it the text. */
int hv_read_file(const char *path, uint8_t **data, size_t *n, size_t max)
{
	(void)path, (void)data, (void)n, (void)max;
	return -1;
}

void say(const char *fmt, ...)
{
	(void)fmt;
}

void warn_sentence(const char *sentence)
{
	(void)sentence;
}

static void take_conf(const char *text)
{
	struct cfg c;

	warnings = 0;
	if (*parse(&c, text))
		printf("# %s\n", c.why);
	xl_conf_take(&c, count_warning);
	cfg_free(&c);
}

static void host(void)
{
	take_conf("");
	check(!warnings && xl_conf.claim && xl_conf.run_hotplug_scripts && xl_conf.max_grant_frames == -1 &&
	      xl_conf.autoballoon == BALLOON_AUTO, "an empty xl.conf");
	take_conf("autoballoon='off'\nclaim_mode=0\nrun_hotplug_scripts=0\nlockfile='/l'\nvif.default.bridge='b'\n"
		  "vif.default.script='s'\nvif.default.backend='d'\nmax_grant_frames=64\nmax_maptrack_frames=128\nmax_grant_version=1\n");
	check(!warnings && xl_conf.autoballoon == BALLOON_OFF && !xl_conf.claim && !xl_conf.run_hotplug_scripts &&
	      !strcmp(xl_conf.lockfile, "/l") && !strcmp(xl_conf.vif_bridge, "b") && !strcmp(xl_conf.vif_script, "s") &&
	      !strcmp(xl_conf.vif_backend, "d") && xl_conf.max_grant_frames == 64 && xl_conf.max_maptrack_frames == 128 &&
	      xl_conf.max_grant_version == 1, "every setting of xl.conf");
	take_conf("autobaloon='on'\n");
	check(warnings == 1 && xl_conf.autoballoon == BALLOON_OFF, "a name misspelt in xl.conf is warned about");
	take_conf("autoballoon=['on']\n");
	check(warnings == 1 && xl_conf.autoballoon == BALLOON_OFF, "a list in xl.conf is warned about");
	take_conf("domid_policy='random'\nvm.cpumask='0-3'\n");
	check(warnings == 2, "and what only other tools know");
	take_conf("autoballoon='maybe'\nclaim_mode='yes'\nrun_hotplug_scripts=2\nmax_grant_frames=-3\nmax_maptrack_frames='1x'\n"
		  "max_grant_version=3\n");
	check(warnings == 6 && xl_conf.autoballoon == BALLOON_OFF && !xl_conf.claim && !xl_conf.run_hotplug_scripts &&
	      xl_conf.max_grant_frames == 64 && xl_conf.max_maptrack_frames == 128 && xl_conf.max_grant_version == 1,
	      "values of xl.conf that make no sense");
	free(xl_conf.vif_bridge);
	free(xl_conf.vif_script);
	free(xl_conf.vif_backend);
	free(xl_conf.lockfile);
}

/* Bytes of valid configurations, cut and changed at random: no crash, no leak. */
static void fuzz(void)
{
	static const char seed[] = BASE "disk=['phy:/dev/x,xvda,w','vdev=xvdb,target=/y']\nvif=['mac=00:16:3e:00:00:01,bridge=b,rate=1MB/s@20ms,untrusted']\n"
		"cpus=['0-3','^1,all']\nmemory=64\nextra=\"a\\\"b\"\nlist=[[1,'2'],[]]\n";
	static const char letters[] = "'\"[]=,;#\\\n+-^:09az/. ";
	unsigned int i, j;

	srand(1);
	for (i = 0; i < 20000; i++) {
		char text[sizeof(seed)];
		size_t n = rand() % sizeof(seed);
		struct xl_domain d;
		struct cfg c = { 0 };

		memcpy(text, seed, sizeof(seed));
		for (j = rand() % 6; j; j--)
			text[rand() % (sizeof(seed) - 1)] = letters[rand() % (sizeof(letters) - 1)];
		if (!cfg_parse(&c, text, n, "fuzz") && !xl_domain_from_cfg(&d, &c, count_warning))
			xl_domain_free(&d);
		cfg_free(&c);
	}
	check(true, "20000 damaged configurations");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	syntax();
	domains();
	disks();
	nics();
	host();
	fuzz();
	return failures != 0;
}
