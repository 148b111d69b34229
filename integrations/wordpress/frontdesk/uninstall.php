<?php
/**
 * When the plugin is deleted: leave nothing behind.
 *
 * @package Frontdesk
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

delete_option( 'frontdesk' );
