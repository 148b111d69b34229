<?php
/**
 * When the plugin is deleted: leave nothing behind.
 *
 * @package Frontdesk
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

if ( ! is_multisite() ) {
	delete_option( 'frontdesk' );
	return;
}
foreach ( get_sites( array( 'fields' => 'ids', 'number' => 0 ) ) as $frontdesk_site ) { // 0: all of them.
	delete_blog_option( $frontdesk_site, 'frontdesk' );
}
