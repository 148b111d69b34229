"""Several sites in one WordPress, on which the plugin is deleted for all."""

import json
import subprocess
import tempfile
from pathlib import Path

from tests.wordpress.server import own_wordpress, php

MAKE = """<?php
define('WP_INSTALLING_NETWORK', true);
$_SERVER['HTTP_HOST'] = 'localhost';
require 'wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
foreach ($wpdb->tables('ms_global') as $name => $table) {
    $wpdb->$name = $table;
}
install_network();
populate_network(1, 'localhost', 'admin@example.com', 'Riverside', '/', false);
"""
NETWORK = """
define('MULTISITE', true);
define('SUBDOMAIN_INSTALL', false);
define('DOMAIN_CURRENT_SITE', 'localhost');
define('PATH_CURRENT_SITE', '/');
define('SITE_ID_CURRENT_SITE', 1);
define('BLOG_ID_CURRENT_SITE', 1);
$table_prefix"""
DELETE = """<?php
$_SERVER['HTTP_HOST'] = 'localhost';
$_SERVER['REQUEST_URI'] = '/';
require 'wp-load.php';
require ABSPATH . 'wp-admin/includes/plugin.php';
$hill = array('domain' => 'localhost', 'path' => '/hill/', 'network_id' => 1, 'user_id' => 1);
wp_insert_site($hill);
function kept() {
    $kept = array();
    foreach (get_sites(array('fields' => 'ids')) as $site) {
        $kept[] = get_blog_option($site, 'frontdesk', 'nothing');
    }
    return $kept;
}
foreach (get_sites(array('fields' => 'ids')) as $site) {
    update_blog_option($site, 'frontdesk', array('server' => "https://leads$site.example.com"));
}
$before = kept();
uninstall_plugin('frontdesk/frontdesk.php');
echo json_encode(array($before, kept()));
"""


def run(root: Path, text: str) -> str:
    script = root / "script.php"
    script.write_text(text, encoding="utf-8")
    done = subprocess.run([php(), script.name], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_nothing_stays_on_any_site_of_a_network() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="wp", ignore_cleanup_errors=True) as folder,
        own_wordpress(Path(folder)) as wordpress,
    ):
        root = wordpress.folder / "root"
        run(root, MAKE)
        config = root / "wp-config.php"
        text = config.read_text(encoding="utf-8")
        config.write_text(text.replace("\n$table_prefix", NETWORK), encoding="utf-8")
        before, after = json.loads(run(root, DELETE).splitlines()[-1])
    assert [one["server"] for one in before] == [
        "https://leads1.example.com",
        "https://leads2.example.com",
    ]
    assert after == ["nothing", "nothing"]
